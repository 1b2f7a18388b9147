"""The same history gives the same ledger, whatever keys and random ids the rows have."""

from datetime import timedelta

import pytest

from apps.operations.invariants import registered
from apps.trading import queries
from apps.trading.models import PropAccount
from apps.trading.services import cycle, execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db

PRICES = (160, 164, 158, 149, 171, 170, 166, 180, 177, 190, 168, 150, 155, 161, 159)


def play(account: PropAccount, prompt: str) -> None:
    """Fifteen slots of decisions, fills and marks."""
    for place in range(len(PRICES)):
        now = world.NOW + place * timedelta(minutes=5)
        cycle.run_account_cycle(account_id=account.pk, prompt_key=prompt, slot_at=now, now=now)
        execution.execute_pending(now=now, account_ids=[account.pk])
        marking.mark_open_accounts(now=now, account_ids=[account.pk])


def test_two_replays_differ_in_ids_and_agree_in_every_hash() -> None:
    world.put_candles(end=world.NOW - timedelta(minutes=5))
    for place, price in enumerate(PRICES):
        at = world.NOW + place * timedelta(minutes=5)
        world.put_quote(dollars=price, at=at, rate_e10=125_000)
        world.put_candles(end=at, count=1, first=price)
    clone = world.make_clone()
    prompt = clone.versions.get().compiled["prompts"][0]["key"]
    first, second = world.make_account(clone), world.make_account(clone)
    play(first, prompt)
    assert first.orders.exists()

    alone = queries.ledger_hash([first])
    play(second, prompt)
    rows = [
        list(
            account.ledger.values_list(
                "sequence", "book", "amount_micros", "reference", "source_digest", "at"
            )
        )
        for account in (first, second)
    ]
    assert rows[0] == rows[1]
    assert queries.ledger_hash([first]) == alone != queries.ledger_hash()
    assert {check.key: wrong for check in registered() if (wrong := check.check())} == {}
