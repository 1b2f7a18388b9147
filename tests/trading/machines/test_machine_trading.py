"""The Trading machine, run: 200 lives of 30 steps, with `--long` 2,000 of 50; all that trading can do must occur."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.lives import live
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
    live(
        Trading,
        lives=2_000 if is_long else 200,
        at_least=AT_LEAST,
        seen=lambda: (Life.steps, Life.seen),
        is_long=is_long,
        record=record_property,
    )
