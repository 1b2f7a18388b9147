"""F20: a clock that jumps by an hour hands out no slot twice and no funding hour twice, and skips none."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.operations import queue
from apps.trading.models import AccountSnapshot, LedgerEntry
from apps.trading.services import execution, marking, schedule
from tests.trading import world
from tests.trading.prices import broken, carry_out

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=10)
DecisionRun = registry.get_model("decisions.DecisionRun")


def funded(account: Any) -> list[str]:
    """The hours the account paid for, in the order of the ledger."""
    rows = LedgerEntry.objects.filter(account=account, kind="funding", book="cash").order_by("sequence")
    return [row.reference.removeprefix("funding:BTC:2026-03-02T") for row in rows]


def price(at: Any) -> None:
    """A price every ten minutes of the real market."""
    world.put_quote(dollars=100, at=at, rate_e10=1_000_000)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_f20_funding_hours_are_unique_and_none_is_skipped(jump: timedelta) -> None:
    price(world.NOW)
    account = world.make_account()
    carry_out(account, size_lots=1_000_000)
    for place in range(1, 25):
        now = world.NOW + place * STEP
        price(now)
        # Between the thirtieth and the ninetieth minute the clock is an hour off, the market is not.
        off = jump if 3 <= place < 9 else timedelta(0)
        marking.mark_open_accounts(now=now + off)
        execution.execute_pending(now=now + off)
    assert funded(account) == ["13Z", "14Z", "15Z", "16Z"]
    moments = list(AccountSnapshot.objects.filter(account=account).values_list("at", flat=True))
    assert len(moments) == len(set(moments))
    assert broken() == {}


def test_f20_an_action_at_a_clock_that_jumped_ahead_of_the_prices_gives_no_hour_away() -> None:
    price(world.NOW - world.MINUTE)
    world.put_quote(dollars=100, rate_e10=1_000_000)
    account = world.make_account()
    carry_out(account, size_lots=1_000_000)
    ahead = world.NOW + 2 * HOUR
    verdict = execution.execute_action(action=world.propose_action(account, "close", now=ahead), now=ahead)
    assert verdict is not None and verdict.reason_code == "PRICE_STALE"
    assert funded(account) == []
    for place in (1, 2):
        price(world.NOW + place * HOUR)
        marking.mark_open_accounts(now=world.NOW + place * HOUR)
    assert funded(account) == ["13Z", "14Z"]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_f20_slots_are_unique_and_none_is_skipped(jump: timedelta) -> None:
    world.put_candles(end=world.NOW)
    account = world.make_account()
    for place in range(25):
        now = world.NOW + place * STEP / 2
        world.put_quote(dollars=160, at=now)
        off = jump if 6 <= place < 12 else timedelta(0)
        schedule.enqueue_due(now=now + off)
        queue.drain()
    slots = list(DecisionRun.objects.filter(subject=account.public_id).values_list("slot_at", flat=True))
    assert len(slots) == len(set(slots))
    # Ahead, an hour was decided already; behind, nothing is due before the clock is back.
    resumed = 24 if jump > timedelta(0) else 12
    assert [world.NOW + place * STEP / 2 for place in range(resumed, 25)] == sorted(slots)[resumed - 25 :]
