"""The Deposits machine, run: 40 lives of 30 steps, with `--long` 1,000 of 50; all that money can do must occur."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from apps.clones.services import create_clone
from tests.economy import shop
from tests.economy.giving_back import configured
from tests.economy.machines.deposits import Deposits
from tests.economy.machines.life import Life
from tests.economy.world import NOW
from tests.lives import live

AT_LEAST = {
    "confirmed bought": 40,
    "confirmed NO_QUOTE": 15,
    "confirmed AMOUNT_TOO_LOW": 3,
    "confirmed OTHER_PAYER": 1,
    "reorgs": 30,
    "faltered": 5,
    "dropped": 1,
    "reversed came back": 2,
    "purchases reversed": 5,
    "purchases restored": 2,
    "submitted": 10,
    "claim": 1,
    "claim refused": 5,
    "signed purchase": 3,
    "signed surplus": 1,
    "signed unmatched": 3,
    "approve alone refused": 1,
    "authorise fee refused": 1,
    "ask unmatched refused": 5,
    "deny fee": 1,
    "refund paid": 2,
    "refund expired": 1,
}
"""How often the lives must have seen each of these."""


@pytest.mark.django_db
def test_machine_deposits(
    request: pytest.FixtureRequest, record_property: Callable[[str, Any], None]
) -> None:
    is_long = request.config.getoption("--long")
    Life.players = [shop.player(number) for number in (1, 2)]
    Life.clones = [
        create_clone(owner=player.user, name=f"Old {player.number}", by=shop.BY, now=NOW)
        for player in Life.players
    ]
    Life.steps, Life.seen = 0, Counter()
    with configured():
        live(
            Deposits,
            lives=1_000 if is_long else 40,
            at_least=AT_LEAST,
            seen=lambda: (Life.steps, Life.seen),
            is_long=is_long,
            record=record_property,
        )
