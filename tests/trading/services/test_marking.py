"""Marks, funding, liquidation and drawdown; a bad price values nothing."""

from datetime import timedelta
from typing import Any

import pytest

from apps.trading.models import AccountSnapshot, LedgerEntry, Order, Position
from apps.trading.services import execution, marking
from apps.trading.types import AccountStatus
from tests.trading import world

pytestmark = pytest.mark.django_db


def holding(account: Any, **fields: Any) -> Any:
    """The account after it bought BTC at $100."""
    world.put_quote(dollars=100)
    verdict = execution.execute_action(action=world.propose_action(account, **fields), now=world.NOW)
    assert verdict is not None and verdict.status == "executed", verdict.detail
    account.refresh_from_db()
    return account


def mark(account: Any, **rest: Any) -> Any:
    """Mark everything at the given moment and read the account again."""
    report = marking.mark_open_accounts(**rest)
    assert report.failed == 0, report.errors
    account.refresh_from_db()
    return report


def test_equity_follows_the_mark() -> None:
    account = holding(world.make_account(), size_lots=1_000_000)
    position = Position.objects.get(account=account)
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=110, at=later)
    mark(account, now=later)
    assert account.equity_micros == account.cash_micros + 11_000 * world.DOLLAR - position.cost_micros
    assert account.peak_micros == account.equity_micros
    snapshot = AccountSnapshot.objects.get(account=account)
    assert (
        snapshot.equity_micros == snapshot.cash_micros + snapshot.unrealized_micros == account.equity_micros
    )


def test_a_repeated_mark_writes_one_snapshot_and_an_older_one_nothing() -> None:
    account = world.make_account()
    mark(account, now=world.NOW)
    mark(account, now=world.NOW)
    assert mark(account, now=world.NOW - world.MINUTE).skipped == 1
    assert AccountSnapshot.objects.count() == 1


def test_snapshots_can_be_thinned() -> None:
    account = world.make_account()
    for minute in range(10):
        mark(account, now=world.NOW + minute * world.MINUTE, snapshots_every=5 * world.MINUTE)
    assert AccountSnapshot.objects.count() == 2


@pytest.mark.parametrize(
    ("price", "age"), [({"dollars": 105, "oracle": 200}, 0), ({"dollars": 100}, 300), (None, 300)]
)
def test_a_bad_price_values_nothing_and_the_account_says_why(price: Any, age: int) -> None:
    account = holding(world.make_account())
    before = account.equity_micros
    later = world.NOW + world.MINUTE
    if price:
        world.put_quote(**price, at=later)
    report = mark(account, now=later + timedelta(seconds=age))
    assert (report.done, report.skipped) == (0, 1)
    assert account.equity_micros == before
    assert account.wait_reason.startswith("BTC: PRICE_")
    assert not AccountSnapshot.objects.exists()


@pytest.mark.parametrize("dollars", [1_000, 150, 50, 20])
def test_a_lone_jump_neither_makes_wealth_nor_ruin(dollars: int) -> None:
    account = holding(world.make_account(), leverage=10, notional_micros=50_000 * world.DOLLAR)
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=dollars, at=later)
    for _ in range(3):
        mark(account, now=later)
    assert account.status == AccountStatus.ACTIVE
    assert account.wait_reason == "BTC: PRICE_JUMP"
    back = later + world.MINUTE
    world.put_quote(dollars=101, at=back)
    mark(account, now=back)
    assert account.wait_reason == ""
    assert abs(account.equity_micros - world.START) < 1_000 * world.DOLLAR


def test_a_jump_that_a_second_quote_confirms_is_accepted() -> None:
    account = holding(world.make_account())
    for minute in (1, 2):
        at = world.NOW + minute * world.MINUTE
        world.put_quote(dollars=300, at=at)
        mark(account, now=at)
    assert account.equity_micros > world.START


def test_funding_is_charged_once_per_hour_on_the_oracle() -> None:
    account = holding(world.make_account(), size_lots=1_000_000)
    cash = account.cash_micros
    hour = world.NOW + timedelta(hours=1)
    quote = world.put_quote(dollars=100, at=hour, rate_e10=1_000_000)
    for _ in range(3):
        mark(account, now=hour)
    quote.refresh_from_db()
    assert quote.is_cited
    entry = LedgerEntry.objects.get(account=account, kind="funding", book="cash")
    assert entry.reference == "funding:BTC:2026-03-02T13Z"
    assert entry.amount_micros == -world.DOLLAR
    assert account.cash_micros == cash - world.DOLLAR
    assert Position.objects.get(account=account).realized_micros < -world.DOLLAR


def test_funding_is_settled_before_a_fill_and_only_for_hours_held() -> None:
    account = world.make_account()
    late = world.NOW + timedelta(hours=3, minutes=30)
    world.put_quote(dollars=100, at=late, rate_e10=1_000_000)
    execution.execute_action(action=world.propose_action(account, now=late, size_lots=1_000_000), now=late)
    hour = world.NOW + timedelta(hours=4)
    world.put_quote(dollars=100, at=hour, rate_e10=2_000_000)
    close = world.propose_action(account, "close", now=hour)
    verdict = execution.execute_action(action=close, now=hour)
    assert verdict is not None and verdict.status == "executed"
    entry = LedgerEntry.objects.get(kind="funding", book="cash")
    assert entry.reference.endswith("T16Z")
    assert entry.sequence < LedgerEntry.objects.get(reference="fill:2:0:fee", book="cash").sequence


def test_below_maintenance_everything_is_closed_and_the_account_is_liquidated() -> None:
    account = holding(
        world.make_account(max_position_micros=10**13, max_exposure_micros=10**13),
        leverage=20,
        notional_micros=1_900_000 * world.DOLLAR,
    )
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=95, at=later)
    mark(account, now=later)
    assert account.status == AccountStatus.LIQUIDATED
    assert account.closed_at == later
    assert account.cash_micros >= 0
    assert account.equity_micros == account.cash_micros
    assert Order.objects.filter(account=account, cause="liquidation").count() == 1
    assert not Position.objects.filter(account=account).exclude(size_lots=0).exists()
    assert marking.mark_open_accounts(now=later + world.MINUTE).seen == 0


def test_the_policys_drawdown_closes_out_and_locks() -> None:
    account = holding(
        world.make_account(max_drawdown_bps=300), leverage=5, notional_micros=50_000 * world.DOLLAR
    )
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=90, at=later)
    mark(account, now=later)
    assert (account.status, account.status_reason) == (AccountStatus.LOCKED, "DRAWDOWN")
    assert account.closed_at is None
    assert Order.objects.get(cause="close").account_id == account.pk
