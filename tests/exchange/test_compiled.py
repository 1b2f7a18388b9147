"""The compiled form gives the same bytes as the interpreted one: the primitive at its extremes, whole schedules."""

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import rounding
from apps.exchange.replay import FILL_COLUMNS, Played, Schedule, replay
from apps.exchange.rounding import MAX_MICROS
from tests.exchange.tapes import random_schedule
from tests.exchange.world import INSTRUMENTS, POLICY

EDGES = (0, 1, 2, 3, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**59, MAX_MICROS - 1, MAX_MICROS)
POLICIES = (
    POLICY,
    replace(
        POLICY,
        max_position_micros=10**13,
        max_exposure_micros=10**13,
        max_net_exposure_micros=10**13,
        max_drawdown_bps=0,
    ),
    replace(POLICY, max_actions_per_window=5, cooldown_ms=400_000, has_fee_tiers=False, max_open_positions=2),
    replace(POLICY, impact_depth_micros=10**9, impact_rate_e10=500_000_000, max_account_leverage=3),
)
CAUSE = FILL_COLUMNS.index("cause")


def call_divmod(a: int, b: int, c: int) -> tuple[int, int]:
    return rounding.mul_divmod(a, b, c)


def call_div(a: int, b: int, c: int) -> int:
    return rounding.mul_div(a, b, c)


def call_twice(numbers: tuple[int, int, int, int, int]) -> int:
    return rounding.mul_mul_div(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    from apps.exchange.compiled import compile_function

    return compile_function(function)


def numbers() -> list[tuple[int, int, int]]:
    """Products of edges, of random numbers of every length, and exact halves; divided by all kinds of divisors."""
    dice = random.Random(20_261_121)
    signed = [sign * edge for edge in EDGES for sign in (1, -1)]
    result = [(a, b, c) for a in signed for b in signed for c in EDGES if c]
    for _ in range(60_000):
        a, b, c = (dice.randint(-(10 ** dice.randint(1, 18)), 10 ** dice.randint(1, 18)) for _ in range(3))
        result.append((a, b, abs(c) or 1))
        half = dice.randint(1, 10**9)
        result.append((half * dice.choice((1, -1)), 2 * dice.randint(0, 10**8) + 1, 2 * half))
    return result


def test_the_primitive_of_both_forms_agrees_at_the_extremes_and_on_halves() -> None:
    for a, b, c in numbers():
        if abs(a * b) // c >= 2**62:
            assert abs(compiled(call_divmod)(a, b, c)[0]) == 2**62
            continue
        assert compiled(call_divmod)(a, b, c) == divmod(a * b, c), (a, b, c)
        assert compiled(call_div)(a, b, c) == rounding.mul_div(a, b, c), (a, b, c)


def test_three_factors_are_rounded_once_in_both_forms() -> None:
    dice = random.Random(7)
    for _ in range(20_000):
        scale = 10 ** dice.randint(0, 6)
        size, oracle = dice.randint(-(10**12), 10**12), dice.randint(1, 10**11)
        asked = (size, oracle, dice.randint(-400_000_000, 400_000_000), scale, 10**10)
        if abs(size * oracle) // scale < MAX_MICROS:
            assert compiled(call_twice)(asked) == rounding.mul_mul_div(*asked)


def both(schedule: Schedule, policy: int) -> tuple[Played, Played]:
    """The schedule played in both forms."""
    first, second = (
        replay(schedule, instruments=INSTRUMENTS, policy=POLICIES[policy], compiled=form)
        for form in (False, True)
    )
    return first, second


def assert_same_bytes(schedule: Schedule, policy: int) -> Played:
    first, second = both(schedule, policy)
    for field in fields(Played):
        assert getattr(first, field.name).tobytes() == getattr(second, field.name).tobytes(), field.name
    return first


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**48), st.integers(0, 3), st.integers(1, 60), st.integers(0, 80))
def test_both_forms_give_the_same_bytes(seed: int, policy: int, steps: int, orders: int) -> None:
    assert_same_bytes(random_schedule(seed, steps=steps, orders=orders), policy)


def test_both_forms_give_the_same_bytes_over_long_schedules() -> None:
    """Long enough that every cause of a fill and most gates occur; one policy allows positions that go in parts."""
    causes, gates = set(), set()
    for seed in range(40):
        schedule = random_schedule(seed, steps=400, orders=600)
        for policy in {1, seed % len(POLICIES)}:
            played = assert_same_bytes(schedule, policy)
            causes |= set(played.fills[:, CAUSE].tolist())
            gates |= set(played.verdicts.tolist())
    assert causes == {0, 1, 2, 3, 4, 5}
    assert len(gates) >= 20


def test_a_change_of_any_source_of_the_package_is_another_digest(tmp_path: Path) -> None:
    """What was compiled from other sources must not be found again: whatever may be compiled is in the digest."""
    from apps.exchange.compiled import sources_digest

    package = tmp_path / "exchange"
    copytree(Path(rounding.__file__).parent, package, ignore=ignore_patterns("__pycache__"))
    seen = {sources_digest(package)}
    sources = sorted(package.rglob("*.py"))
    for source in sources:
        source.write_text(source.read_text() + "\n")
        seen.add(sources_digest(package))
    assert package / "gates" / "numbers.py" in sources
    assert len(seen) == len(sources) + 1


def test_nobody_loads_the_compiler_who_does_not_ask_for_it() -> None:
    code = (
        "import sys, os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'pumpparty.settings');"
        "import django; django.setup(); import apps.exchange.execute, apps.exchange.replay, apps.exchange.liquidation;"
        "print('numba' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip().endswith("False")
