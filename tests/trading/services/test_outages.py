"""While prices are silent nothing happens, it is on record, and it goes on with the first good price."""

from datetime import timedelta
from typing import Any

import pytest

from apps.trading.models import (
    AccountSnapshot,
    Fill,
    LedgerEntry,
    Order,
    PriceOutage,
    PropAccount,
    TriggerOrder,
)
from apps.trading.queries.outages import list_outages, outage_minutes
from apps.trading.services import execution, marking
from apps.trading.types import AccountStatus
from tests.trading import world
from tests.trading.prices import broken, carry_out, mark

pytestmark = pytest.mark.django_db
SECONDS = timedelta(seconds=10)


def two_accounts() -> tuple[Any, Any]:
    """One account that holds BTC and one that holds ETH, with both priced now."""
    for symbol in ("BTC", "ETH"):
        world.put_quote(symbol, dollars=100)
    clone = world.make_clone()
    accounts = world.make_account(clone), world.make_account(clone)
    for account, symbol in zip(accounts, ("BTC", "ETH"), strict=True):
        carry_out(account, symbol=symbol)
        account.refresh_from_db()
    return accounts


def test_f19_half_an_hour_of_stale_prices_changes_nothing_and_is_on_record() -> None:
    account, other = two_accounts()
    carry_out(account, "set_stop", stop_micros=95 * world.DOLLAR)
    before = (account.equity_micros, account.cash_micros)
    stale_from = world.NOW + timedelta(minutes=1, seconds=10)
    for place in range(0, 30 * 60, 100):
        now = stale_from + timedelta(seconds=place)
        world.put_quote("ETH", dollars=100, at=now)
        assert mark(account, now=now).skipped == 1
    assert (account.equity_micros, account.cash_micros) == before
    assert (account.wait_reason, account.last_marked_at) == ("BTC: PRICE_STALE", None)
    assert not AccountSnapshot.objects.filter(account=account).exists()
    assert AccountSnapshot.objects.filter(account=other).exists()
    verdict = execution.execute_action(action=world.propose_action(account, "close", now=now), now=now)
    assert verdict is not None and verdict.reason_code == "PRICE_STALE"
    assert Fill.objects.filter(account=account).count() == 1
    outage = PriceOutage.objects.get()
    assert (outage.symbol, outage.code, outage.began_at, outage.ended_at) == (
        "BTC",
        "PRICE_STALE",
        stale_from,
        None,
    )
    back = stale_from + timedelta(minutes=30)
    world.put_quote(dollars=90, at=back)
    world.put_quote("ETH", dollars=100, at=back)
    assert mark(account, now=back).skipped == 0
    outage.refresh_from_db()
    assert outage.ended_at == back
    assert outage_minutes(["BTC"], world.NOW, back + world.MINUTE) == 30
    assert TriggerOrder.objects.get().status == "fired"
    assert account.wait_reason == "" and account.last_marked_at == back
    assert broken() == {}


def test_f19_who_was_due_for_liquidation_in_the_silence_is_judged_by_the_first_good_price_alone() -> None:
    world.put_quote(dollars=100)
    account = world.make_account(
        max_position_micros=10**13, max_exposure_micros=10**13, max_net_exposure_micros=10**13
    )
    carry_out(account, leverage=20, notional_micros=1_900_000 * world.DOLLAR)
    # It falls by half meanwhile, but held back: nobody may be valued at it.
    for minute in (2, 10, 20):
        mark(account, now=world.NOW + minute * world.MINUTE)
    back = world.NOW + 30 * world.MINUTE
    world.put_quote(dollars=101, at=back)
    mark(account, now=back)
    assert account.status == AccountStatus.ACTIVE
    assert account.low_micros > 99_000 * world.DOLLAR
    assert Order.objects.count() == 1


def test_f19_funding_of_silent_hours_is_neither_lost_nor_doubled() -> None:
    account, _ = two_accounts()
    for hours in (1, 2, 3):
        world.put_quote(dollars=100, at=world.NOW + timedelta(hours=hours, minutes=-5), rate_e10=1_000_000)
    silent = world.NOW + timedelta(hours=2, minutes=30)
    assert marking.mark_open_accounts(now=silent).skipped == 2
    assert not LedgerEntry.objects.filter(kind="funding").exists()
    back = world.NOW + timedelta(hours=3, minutes=1)
    world.put_quote(dollars=100, at=back, rate_e10=1_000_000)
    for _ in range(2):
        mark(account, now=back)
    paid = LedgerEntry.objects.filter(account=account, kind="funding", book="cash").order_by("sequence")
    assert [row.reference for row in paid] == [f"funding:BTC:2026-03-02T{hour}Z" for hour in (13, 14, 15)]


def test_an_outage_ends_when_nobody_holds_the_asset_any_more_and_counts_once() -> None:
    two_accounts()
    for minutes in (5, 6):
        marking.mark_open_accounts(now=world.NOW + minutes * world.MINUTE)
    assert PriceOutage.objects.filter(ended_at__isnull=True).count() == 2
    until = world.NOW + 15 * world.MINUTE
    assert outage_minutes(["BTC", "ETH"], world.NOW, until) == 10
    assert outage_minutes(["BTC"], world.NOW + 7 * world.MINUTE, until) == 8
    assert outage_minutes(["SOL"], world.NOW, until) == 0
    for symbol in ("BTC", "ETH"):
        world.put_quote(symbol, dollars=100, at=until)
    marking.mark_open_accounts(now=until)
    assert list_outages(since=until).count() == 0
    assert list_outages(symbols=["BTC"]).get().ended_at == until


def test_a_clock_that_jumps_back_ends_no_outage_before_it_began() -> None:
    account, _ = two_accounts()
    begun = world.NOW + 5 * world.MINUTE
    marking.mark_open_accounts(now=begun)
    mark(account, now=world.NOW + SECONDS)
    assert {row.ended_at for row in PriceOutage.objects.all()} == {begun}


def test_an_outage_ends_with_the_last_account_that_could_hold_the_asset() -> None:
    two_accounts()
    silent = world.NOW + 5 * world.MINUTE
    marking.mark_open_accounts(now=silent)
    assert PriceOutage.objects.filter(ended_at__isnull=True).count() == 2
    PropAccount.objects.update(status="completed", closed_at=silent)
    report = marking.mark_open_accounts(now=silent + SECONDS)
    assert (report.seen, report.failed) == (0, 0)
    assert {row.ended_at for row in PriceOutage.objects.all()} == {silent + SECONDS}


def test_a_policy_of_little_patience_makes_no_outage_of_an_asset_that_others_trade() -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    hasty, calm = world.make_account(clone, max_price_age_ms=1_000), world.make_account(clone)
    for account in (hasty, calm):
        carry_out(account)
    assert mark(hasty, now=world.NOW + SECONDS).skipped == 1
    assert hasty.wait_reason == "BTC: PRICE_STALE"
    assert not PriceOutage.objects.exists()
    assert mark(calm, now=world.NOW + 2 * world.MINUTE).skipped == 2
    assert PriceOutage.objects.get().began_at == world.NOW + 2 * world.MINUTE
