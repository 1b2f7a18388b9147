"""The Trading machine, run: 60 lives of 30 steps, with `--long` 2,000 of 50."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trading import world
from tests.trading.machines.trading import SYMBOLS, Trading


@pytest.mark.django_db
def test_machine_trading(request: pytest.FixtureRequest, record_property: Callable[[str, Any], None]) -> None:
    is_long = request.config.getoption("--long")
    for symbol in (*SYMBOLS, "XRP"):
        asset = world.make_asset(symbol)
        asset.only_isolated = symbol == "ISO"
        asset.save()
    Trading.clone = world.make_clone(assets=SYMBOLS)
    Trading.steps, Trading.counts = 0, {}
    run_state_machine_as_test(
        Trading,
        settings=settings(
            max_examples=2_000 if is_long else 60,
            stateful_step_count=50 if is_long else 60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            database=None,
            derandomize=not is_long,
        ),
    )
    record_property("steps", Trading.steps)
    record_property("seen", dict(sorted(Trading.counts.items())))
    sys.stdout.write(f"{Trading.steps} steps: {dict(sorted(Trading.counts.items()))}\n")
    for what in ("open executed", "close executed", "reduce executed", "flip executed", "crashes"):
        assert Trading.counts.get(what), f"the machine never saw: {what}"
