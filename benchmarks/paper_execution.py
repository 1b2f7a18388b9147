"""Proposed actions to verdicts, fills and ledger rows, beside a plain ORM and the same rows ready made: one JSON line."""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import log
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
MOST_SINGLE = 150
"""One by one, and by the plain ORM, so many actions at most: both are linear, and slow."""
LEFT = (
    "gates asked once for the outcome and once for the record; the compiled kernel over a group; state that stays"
    " resident; one commit for concurrent submissions; indexes of foreign keys"
)


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=4_000, help="the larger of the two sizes")
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3, help="the sides take turns so often")
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Both sizes, with the growth from one to the other, and where the time of a group goes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    from benchmarks.paper_execution_world import World

    world = World(options.accounts)
    sizes = (options.actions // 4, options.actions)
    results = [measure_size(world, size, options.rounds) for size in sizes]
    small, large = (result["secondsOfGroups"] for result in results)
    return {
        "benchmark": "paper_execution",
        "database": connection.vendor,
        "accounts": options.accounts,
        "growthExponent": round(log(large / small) / log(sizes[1] / sizes[0]), 3),
        "sizes": results,
        "shareOfGroups": shares(world, min(1_000, options.actions)),
        "leftOnTheTable": LEFT,
    }


def measure_size(world: Any, size: int, rounds: int) -> dict[str, Any]:
    """Every side once a round, in turn: actions a second in the least disturbed of its rounds, and ratios."""
    from apps.trading.services import execution
    from benchmarks.paper_execution_sides import ReadyRows, execute_naively

    few = min(size, MOST_SINGLE)
    sides: dict[str, tuple[int, int, Callable[[Sequence[Any]], object]]] = {
        "naiveOrm": (few, 1, lambda group: execute_naively(group[0], world.now)),
        "single": (few, 1, lambda group: execution.execute_action(action=group[0], now=world.now)),
        "groupsOf50": (size, 50, lambda group: execution.execute_group(actions=group, now=world.now)),
        "groupsOf1000": (size, 1_000, lambda group: execution.execute_group(actions=group, now=world.now)),
    }
    speeds: dict[str, list[tuple[float, float]]] = {name: [] for name in (*sides, "readyRows")}
    for _ in range(rounds):
        for name, (count, step, act) in sides.items():
            ready = ReadyRows() if name == "groupsOf1000" else None
            actions = world.propose(count)
            groups = [actions[first : first + step] for first in range(0, count, step)]
            speeds[name].append(pace(count, partial(each, act, groups)))
            if ready is not None:
                rows = ready.take()
                speeds["readyRows"].append(pace(count, partial(ready.write, rows)))
    speed = {name: max(wall for wall, _ in found) for name, found in speeds.items()}
    by_processor = {name: max(processor for _, processor in found) for name, found in speeds.items()}
    return {
        "actions": size,
        "ordersSoFar": world.count_orders(),
        "secondsOfGroups": round(size / by_processor["groupsOf1000"], 3),
        "actionsPerSecond": {name: round(found) for name, found in speed.items()},
        "ratios": ratios(speed),
        "ratiosByProcessorTime": ratios(by_processor),
    }


def each(act: Callable[[Sequence[Any]], object], groups: Sequence[Sequence[Any]]) -> None:
    """Do one group after the other."""
    for group in groups:
        act(group)


def ratios(speed: dict[str, float]) -> dict[str, float]:
    """Ours by the plain ORM one by one, and by the ready rows."""
    ours = ("single", "groupsOf50", "groupsOf1000")
    return {
        **{
            f"{name}TimesNaiveOrm": round(speed[name] / speed["naiveOrm"], 2) for name in (*ours, "readyRows")
        },
        **{f"{name}OfReadyRows": round(speed[name] / speed["readyRows"], 3) for name in ours},
    }


def shares(world: Any, size: int) -> dict[str, float]:
    """Which part of one group's time goes where; reading is what is left: locks, rows, prices, kill switches."""
    from apps.trading.services import booking, execution

    actions, spent = world.propose(size), Counter[str]()
    with (
        timed(execution, "judge", "kernelAndGates", spent),
        timed(booking, "enter", "rowsAndSeals", spent),
        timed(booking.Blotter, "write", "writing", spent),
        timed(execution._COLUMNS, "write", "writing", spent),
    ):
        whole = size / pace(size, lambda: execution.execute_group(actions=actions, now=world.now))[0]
    found = {name: round(spent[name] / whole, 3) for name in ("kernelAndGates", "rowsAndSeals", "writing")}
    return {**found, "readingAndRest": round(1 - sum(spent.values()) / whole, 3)}


@contextmanager
def timed(owner: Any, name: str, word: str, spent: Counter[str]) -> Iterator[None]:
    """Add the seconds of every call of that function to the word's."""
    real = getattr(owner, name)

    def call(*args: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return real(*args, **named)
        finally:
            spent[word] += time.perf_counter() - began  # type: ignore[assignment] # these words count seconds, not calls

    setattr(owner, name, call)
    try:
        yield
    finally:
        setattr(owner, name, real)


def pace(count: int, act: Callable[[], object]) -> tuple[float, float]:
    """Actions a second of one act, by the clock and by this process's processor time, without a pause for garbage."""
    gc.collect()
    gc.disable()
    began, busy = time.perf_counter(), time.process_time()
    act()
    found = count / (time.perf_counter() - began), count / (time.process_time() - busy)
    gc.enable()
    return found


if __name__ == "__main__":
    raise SystemExit(main())
