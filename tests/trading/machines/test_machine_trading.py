"""The Trading machine, run: 200 lives of 30 steps, with `--long` 2,000 of 50; all that trading can do must occur."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trading import world
from tests.trading.machines.life import Life
from tests.trading.machines.tape import SYMBOLS
from tests.trading.machines.trading import Trading

AT_LEAST = {
    "open executed": 500,
    "close executed": 40,
    "reduce executed": 20,
    "flip executed": 15,
    "set_stop executed": 20,
    "set_target executed": 10,
    "set_exit executed": 10,
    "cancel executed": 10,
    "order stop": 5,
    "order target": 5,
    "order trailing": 3,
    "order time_exit": 3,
    "order liquidation": 5,
    "order liquidation isolated": 3,
    "order backstop": 3,
    "order drawdown": 3,
    "order delisting": 5,
    "order close": 5,
    "order action isolated": 50,
    "marks that sold": 50,
    "marks that sold a part": 1,
    "money funding": 100,
    "money backstop": 3,
    "exit replaced": 5,
    "exit cancelled": 50,
    "became liquidated": 2,
    "became locked": 3,
    "crashes": 15,
}
"""How often the lives must have seen each of these."""

TURNS = 3
"""Chance may pass something rare by: then as many lives again, at most so often."""


@pytest.mark.django_db
def test_machine_trading(request: pytest.FixtureRequest, record_property: Callable[[str, Any], None]) -> None:
    is_long = request.config.getoption("--long")
    for symbol in (*SYMBOLS, "XRP"):
        asset = world.make_asset(symbol)
        asset.only_isolated = symbol == "ISO"
        asset.save()
        Life.asset_ids[symbol] = asset.pk
    Life.clone = world.make_clone(assets=SYMBOLS)
    Life.steps, Life.seen = 0, Counter()
    for turn in range(TURNS):
        run_state_machine_as_test(
            Trading,
            settings=settings(
                max_examples=2_000 if is_long else 200,
                stateful_step_count=50 if is_long else 30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
                database=None,
                derandomize=not is_long and turn == 0,
            ),
        )
        missed = {
            what: (Life.seen[what], least) for what, least in AT_LEAST.items() if Life.seen[what] < least
        }
        if not missed:
            break
    seen = dict(sorted(Life.seen.items()))
    record_property("steps", Life.steps)
    record_property("seen", seen)
    sys.stdout.write(f"{Life.steps} steps: {seen}\n")
    assert missed == {}
