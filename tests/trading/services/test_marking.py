"""Marks, funding and drawdown; a bad price values nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.trading.models import AccountSnapshot, LedgerEntry, Order, Position, PropAccount
from apps.trading.services import execution, marking
from apps.trading.types import AccountStatus
from tests.trading import world
from tests.trading.prices import arrive, broken, carry_out, mark

pytestmark = pytest.mark.django_db
SECONDS = timedelta(seconds=10)
AuditEvent = registry.get_model("operations.AuditEvent")


def holding(account: Any, **fields: Any) -> Any:
    """The account after it bought BTC at $100."""
    world.put_quote(dollars=100)
    carry_out(account, **fields)
    account.refresh_from_db()
    return account


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
    later = world.NOW + SECONDS
    assert not arrive(dollars=dollars, at=later)
    for _ in range(3):
        mark(account, now=later)
    assert account.status == AccountStatus.ACTIVE
    assert account.wait_reason == "BTC: PRICE_JUMP"
    assert not AccountSnapshot.objects.exists()
    back = later + SECONDS
    assert arrive(dollars=101, at=back)
    mark(account, now=back)
    assert account.wait_reason == ""
    assert abs(account.equity_micros - world.START) < 1_000 * world.DOLLAR


def test_a_jump_that_a_second_price_confirms_counts() -> None:
    account = holding(world.make_account())
    assert [arrive(dollars=300, at=world.NOW + place * SECONDS) for place in (1, 2)] == [False, True]
    mark(account, now=world.NOW + 2 * SECONDS)
    assert account.equity_micros > world.START


def test_what_is_due_is_written_and_a_new_peak_or_low_at_once() -> None:
    account = holding(world.make_account())
    for place, dollars in enumerate((100, 100, 101, 99, 100)):
        now = world.NOW + (place + 1) * SECONDS
        world.put_quote(dollars=dollars, at=now)
        mark(account, now=now, snapshots_every=world.MINUTE)
    equities = list(AccountSnapshot.objects.order_by("at").values_list("equity_micros", flat=True))
    assert len(equities) == 3
    assert (account.peak_micros, account.low_micros) == (max(equities), min(equities))
    assert account.max_drawdown_bps > 0


def test_an_account_without_positions_is_written_when_its_balance_moved_and_else_seldom() -> None:
    account = world.make_account()
    for minute in range(8):
        mark(account, now=world.NOW + minute * world.MINUTE, snapshots_every=world.MINUTE)
    assert AccountSnapshot.objects.count() == 2
    now = world.NOW + 8 * world.MINUTE
    world.put_quote(dollars=100, at=now)
    carry_out(account, now=now)
    carry_out(account, "close", now=now)
    mark(account, now=now + SECONDS, snapshots_every=world.MINUTE)
    assert AccountSnapshot.objects.count() == 3
    assert account.equity_micros == account.cash_micros < world.START


def test_many_accounts_share_one_mark_set_and_say_which_state_was_valued() -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    accounts = [world.make_account(clone) for _ in range(3)]
    for account in accounts[:2]:
        carry_out(account)
    later = world.NOW + SECONDS
    world.put_quote(dollars=110, at=later)
    mark(accounts[0], now=later)
    snapshots = list(AccountSnapshot.objects.order_by("account_id"))
    assert len({row.mark_set_id for row in snapshots}) == 1
    assert snapshots[0].mark_set is not None
    assert snapshots[0].mark_set.marks["BTC"][0] == 110 * world.DOLLAR
    for account, row in zip(accounts, snapshots, strict=True):
        account.refresh_from_db()
        assert (row.ledger_sequence, row.cash_micros) == (account.ledger_sequence, account.cash_micros)
        assert account.last_mark_set_id == row.mark_set_id
    assert broken() == {}


def test_one_account_that_cannot_be_marked_stops_no_other() -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    bad, good = world.make_account(clone), world.make_account(clone)
    for account in (bad, good):
        carry_out(account)
    PropAccount.objects.filter(pk=bad.pk).update(policy={"no_such_field": 1})
    report = marking.mark_open_accounts(now=world.NOW + SECONDS)
    assert (report.seen, report.done, report.failed) == (2, 1, 1)
    assert AccountSnapshot.objects.get().account_id == good.pk


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


def test_the_policys_drawdown_closes_out_and_locks() -> None:
    account = holding(
        world.make_account(max_drawdown_bps=300), leverage=5, notional_micros=50_000 * world.DOLLAR
    )
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=90, at=later)
    mark(account, now=later)
    assert (account.status, account.status_reason) == (AccountStatus.LOCKED, "DRAWDOWN")
    assert account.closed_at is None
    assert Order.objects.get(cause="drawdown").account_id == account.pk
    assert AuditEvent.objects.filter(verb="trading.account.locked", subject_id=account.public_id).count() == 1
    mark(account, now=later + SECONDS)
    assert Order.objects.filter(cause="drawdown").count() == 1
    assert broken() == {}
