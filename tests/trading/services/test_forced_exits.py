"""Liquidation, standing exits, delisting and halts on the mark-to-market cadence."""

from datetime import timedelta
from typing import Any

import pytest

from apps.market.models import BookSnapshot
from apps.operations.types import Actor
from apps.trading.models import AccountSnapshot, Fill, LedgerEntry, Order, Position, TriggerOrder
from apps.trading.services import accounts, halts
from apps.trading.types import AccountStatus
from tests.trading import world
from tests.trading.prices import broken, carry_out, mark

pytestmark = pytest.mark.django_db
SECONDS = timedelta(seconds=10)
ROOMY = {
    "max_position_micros": 10**13,
    "max_exposure_micros": 10**13,
    "max_net_exposure_micros": 10**13,
    "max_drawdown_bps": 0,
}


def leveraged(*, dollars: int, symbol: str = "BTC", leverage: int = 20, **fields: Any) -> Any:
    """A fresh account that bought for so many dollars while the asset costs $100."""
    world.put_quote(symbol, dollars=100)
    account = world.make_account(**ROOMY)
    carry_out(account, symbol=symbol, leverage=leverage, notional_micros=dollars * world.DOLLAR, **fields)
    account.refresh_from_db()
    return account


def exact_quote(micros: int, *, at: Any, symbol: str = "BTC") -> None:
    """A price to the micro-dollar."""
    row = world.put_quote(symbol, dollars=100, at=at)
    for name in ("mark_micros", "oracle_micros", "mid_micros"):
        setattr(row, name, micros)
    row.save()


def test_f10_equity_exactly_at_maintenance_goes_on_and_one_micro_below_is_liquidated_once() -> None:
    account = leveraged(dollars=90_000, leverage=20)
    exact_quote(98_000_000, at=world.NOW + SECONDS)
    mark(account, now=world.NOW + SECONDS)
    first = AccountSnapshot.objects.get()
    spare = first.equity_micros - first.maintenance_micros
    accounts.adjust_cash(
        account=account,
        amount_micros=-spare,
        reference="boundary",
        reason="a test",
        by=world.BY,
        approved_by=Actor.system("tests.second"),
        now=world.NOW + SECONDS,
    )
    exact_quote(98_000_000, at=world.NOW + 2 * SECONDS)
    mark(account, now=world.NOW + 2 * SECONDS)
    second = AccountSnapshot.objects.latest("at")
    assert second.equity_micros == second.maintenance_micros > 0
    assert (account.status, Order.objects.count()) == (AccountStatus.ACTIVE, 1)
    exact_quote(97_999_999, at=world.NOW + 3 * SECONDS)
    for _ in range(2):
        mark(account, now=world.NOW + 3 * SECONDS)
    assert Order.objects.get(cause="liquidation").size_lots == Order.objects.get(cause="action").size_lots
    assert account.status == AccountStatus.LIQUIDATED
    assert account.cash_micros == account.equity_micros >= 0
    assert broken() == {}


def test_f10_a_gap_through_maintenance_hands_over_to_the_backstop_and_nobody_owes() -> None:
    account = leveraged(dollars=1_900_000)
    later = world.NOW + SECONDS
    world.put_quote(dollars=90, at=later)
    mark(account, now=later)
    assert (account.status, account.closed_at) == (AccountStatus.LIQUIDATED, later)
    assert Order.objects.get(cause="backstop").account_id == account.pk
    assert account.cash_micros == account.equity_micros == 0
    explained = LedgerEntry.objects.filter(account=account, book="cash")
    assert sum(explained.values_list("amount_micros", flat=True)) == 0
    assert explained.filter(kind__in=("adjustment", "backstop")).count() == 1
    assert mark(account, now=later + SECONDS).seen == 0
    assert broken() == {}


def test_f10_a_large_position_goes_in_parts_and_within_half_a_minute_as_a_whole() -> None:
    account = leveraged(dollars=1_900_000)
    size = Position.objects.get(account=account).size_lots
    now = world.NOW + SECONDS
    exact_quote(97_000_000, at=now)
    mark(account, now=now)
    left = Position.objects.get(account=account).size_lots
    assert left == size - -(-size // 5)
    assert (account.status, account.partial_liquidation_at) == (AccountStatus.ACTIVE, now)
    exact_quote(96_500_000, at=now + SECONDS)
    mark(account, now=now + SECONDS)
    assert Position.objects.get(account=account).size_lots == 0
    assert account.status == AccountStatus.LIQUIDATED
    assert broken() == {}


def test_a_part_of_an_isolated_position_leaves_its_whole_margin_behind_and_the_ledger_says_so() -> None:
    account = leveraged(dollars=1_500_000, is_isolated=True)
    before = Position.objects.get(account=account)
    now = world.NOW + SECONDS
    exact_quote(97_300_000, at=now)
    mark(account, now=now)
    fill, left = Fill.objects.get(order__cause="liquidation"), Position.objects.get(account=account)
    assert left.size_lots == before.size_lots - -(-before.size_lots // 5)
    assert fill.margin_micros == fill.realized_micros - fill.fee_micros < 0
    assert left.margin_micros == before.margin_micros + fill.margin_micros
    assert (account.status, account.partial_liquidation_at) == (AccountStatus.ACTIVE, now)
    assert not LedgerEntry.objects.filter(account=account, kind__in=("adjustment", "backstop")).exists()
    assert broken() == {}


def test_whoever_is_closed_by_force_meets_the_book_where_it_stopped_before() -> None:
    account = leveraged(dollars=95_000)
    now = world.NOW + SECONDS
    world.put_quote(dollars=98, at=now)
    BookSnapshot.objects.create(
        asset=world.make_asset(),
        at=now,
        bids=[[(9_800 - n) * world.DOLLAR // 100, 10**6] for n in range(1, 300)],
        asks=[[(9_800 + n) * world.DOLLAR // 100, 10**6] for n in range(1, 300)],
        source="synthetic",
        knowable_at=now,
    )
    carry_out(account, "reduce", notional_micros=9_800 * world.DOLLAR, now=now)
    reduced = Fill.objects.get(side=-1)
    assert reduced.book_reference
    account.refresh_from_db()
    accounts.close_account(account=account, reason="a test", by=world.BY, now=now)
    closed = Fill.objects.get(order__cause="close")
    assert (closed.book_reference, closed.taken_lots) == (reduced.book_reference, reduced.size_lots)
    assert closed.walk_micros * reduced.size_lots > reduced.walk_micros * closed.size_lots
    assert broken() == {}


def test_f10_of_several_positions_the_isolated_go_first_and_the_account_goes_on_without_them() -> None:
    account = leveraged(dollars=20_000, leverage=20, is_isolated=True)
    world.put_quote("ETH", dollars=100)
    carry_out(account, symbol="ETH", leverage=2, notional_micros=20_000 * world.DOLLAR)
    later = world.NOW + SECONDS
    world.put_quote(dollars=96, at=later)
    mark(account, now=later)
    assert account.status == AccountStatus.ACTIVE
    held = dict(Position.objects.filter(account=account).values_list("symbol", "size_lots"))
    assert held["BTC"] == 0 != held["ETH"]
    assert Position.objects.get(account=account, symbol="BTC").margin_micros == 0
    assert account.cash_micros > world.START - 2_000 * world.DOLLAR
    snapshot = AccountSnapshot.objects.get(account=account)
    assert snapshot.ledger_sequence == account.ledger_sequence
    assert broken() == {}


@pytest.mark.parametrize(
    ("kind", "fields", "dollars", "cause"),
    [
        ("set_stop", {"stop_micros": 95 * world.DOLLAR}, 94, "stop"),
        ("set_target", {"target_micros": 105 * world.DOLLAR}, 106, "target"),
        ("set_stop", {"trail_bps": 300}, 96, "trailing"),
        ("set_exit", {"hold_ms": 60_000}, 100, "time_exit"),
    ],
)
def test_a_standing_exit_fires_once_at_the_mark(kind: str, fields: Any, dollars: int, cause: str) -> None:
    account = leveraged(dollars=10_000, leverage=5)
    carry_out(account, kind, **fields)
    quiet = world.NOW + SECONDS
    world.put_quote(dollars=100, at=quiet)
    mark(account, now=quiet)
    trigger = TriggerOrder.objects.get(account=account)
    assert trigger.status == "standing"
    now = world.NOW + 2 * world.MINUTE
    world.put_quote(dollars=dollars, at=now)
    for _ in range(2):
        mark(account, now=now)
    trigger.refresh_from_db()
    assert (trigger.status, trigger.ended_at) == ("fired", now)
    order = Order.objects.get(cause=cause)
    assert trigger.order_id == order.pk
    assert Position.objects.get(account=account).size_lots == 0
    assert AccountSnapshot.objects.filter(account=account, at=now).count() == 1
    assert broken() == {}


def test_a_trailing_exit_follows_the_mark_upwards_only() -> None:
    account = leveraged(dollars=10_000, leverage=5)
    carry_out(account, "set_stop", trail_bps=1_000)
    bests = []
    for place, dollars in enumerate((110, 105, 120, 119), start=1):
        now = world.NOW + place * SECONDS
        world.put_quote(dollars=dollars, at=now)
        mark(account, now=now, snapshots_every=world.MINUTE)
        bests.append(TriggerOrder.objects.get().best_micros // world.DOLLAR)
    assert bests == [110, 110, 120, 120]
    now = world.NOW + 5 * SECONDS
    world.put_quote(dollars=108, at=now)
    mark(account, now=now)
    assert Order.objects.get(cause="trailing").symbol == "BTC"


def test_a_halt_stops_every_forced_exit_and_reducing_stops_none() -> None:
    account = leveraged(dollars=10_000, leverage=5)
    carry_out(account, "set_stop", stop_micros=95 * world.DOLLAR)
    switch = halts.set_halt(
        scope="asset", symbol="BTC", mode="halted", reason="a test", by=world.BY, now=world.NOW
    )
    now = world.NOW + SECONDS
    world.put_quote(dollars=90, at=now)
    assert mark(account, now=now).done == 1
    assert TriggerOrder.objects.get().status == "standing"
    assert account.equity_micros < world.START
    halts.lift_halt(halt=switch, reason="a test", by=world.BY, now=now)
    halts.set_halt(scope="everything", mode="reducing", reason="a test", by=world.BY, now=now)
    mark(account, now=now + timedelta(seconds=1))
    assert TriggerOrder.objects.get().status == "fired"


def test_a_halted_account_is_valued_and_nothing_is_closed_in_it() -> None:
    account = leveraged(dollars=1_900_000)
    accounts.halt_account(account=account, reason="a test", by=world.BY, now=world.NOW)
    now = world.NOW + SECONDS
    world.put_quote(dollars=90, at=now)
    assert mark(account, now=now).done == 1
    assert account.equity_micros < 0
    assert Order.objects.count() == 1
    accounts.resume_account(account=account, reason="a test", by=world.BY, now=now)
    mark(account, now=now + timedelta(seconds=1))
    assert account.status == AccountStatus.LIQUIDATED


def delist(*, at: Any) -> None:
    asset = world.make_asset()
    asset.is_delisted, asset.delisted_at = True, at
    asset.save()


def test_f18_what_is_delisted_is_closed_at_its_last_price_hours_later() -> None:
    account = leveraged(dollars=10_000, leverage=5)
    carry_out(account, "set_stop", stop_micros=50 * world.DOLLAR)
    last = world.NOW + SECONDS
    world.put_quote(dollars=110, at=last)
    delisted = world.NOW + world.MINUTE
    delist(at=delisted)
    early = delisted + timedelta(minutes=59)
    mark(account, now=early)
    assert Position.objects.get(account=account).size_lots != 0
    due = delisted + timedelta(hours=1)
    for _ in range(2):
        mark(account, now=due)
    order = Order.objects.get(cause="delisting")
    fill = order.fills.get()
    assert (fill.price_micros, fill.fee_micros) == (110 * world.DOLLAR, 0)
    assert Position.objects.get(account=account).size_lots == 0
    assert TriggerOrder.objects.get().status == "cancelled"
    assert account.status == AccountStatus.ACTIVE
    assert account.equity_micros == account.cash_micros > world.START
    booked = LedgerEntry.objects.get(reference=f"fill:{order.sequence}:0:pnl", book="cash")
    assert (booked.amount_micros, booked.at) == (fill.realized_micros, due)
    assert broken() == {}


def test_what_is_delisted_is_not_closed_under_a_kill_switch_and_is_once_it_is_lifted() -> None:
    account = leveraged(dollars=10_000, leverage=5)
    delist(at=world.NOW + world.MINUTE)
    switch = halts.set_halt(
        scope="asset", symbol="BTC", mode="halted", reason="a test", by=world.BY, now=world.NOW
    )
    # At the full hours funding is due: each account is handled singly, whatever else may happen to it.
    for hours in (2, 3):
        due = world.NOW + timedelta(hours=hours)
        mark(account, now=due)
        assert Order.objects.get().cause == "action"
    assert broken() == {}
    halts.lift_halt(halt=switch, reason="a test", by=world.BY, now=due)
    mark(account, now=due + SECONDS)
    assert Order.objects.latest("id").cause == "delisting"
    assert broken() == {}


def test_f18_an_asset_delisted_meanwhile_waits_like_any_other_while_another_has_no_price() -> None:
    account = leveraged(dollars=10_000, leverage=5)
    world.put_quote("ETH", dollars=100)
    carry_out(account, symbol="ETH", leverage=5)
    delist(at=world.NOW + world.MINUTE)
    late = world.NOW + timedelta(hours=2)
    assert mark(account, now=late).skipped == 1
    assert account.wait_reason == "ETH: PRICE_STALE"
    assert not Order.objects.filter(cause="delisting").exists()
    world.put_quote("ETH", dollars=100, at=late)
    mark(account, now=late + SECONDS)
    assert Order.objects.get(cause="delisting").symbol == "BTC"
