"""While a price is held back nothing happens at the last good one: no fill, no mark, no exit, no funding, no decision."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry

from apps.core.errors import Conflict
from apps.decisions.services.context import ContextRefused, build_context
from apps.market.queries import MarketBoard
from apps.market.types import PriceFault
from apps.trading.models import AccountSnapshot, Fill, LedgerEntry, Position
from apps.trading.services import accounts, execution, marking
from apps.trading.services.account_state import build_state, load_positions, policy_of
from apps.trading.types import AccountStatus
from tests.trading import world

pytestmark = pytest.mark.django_db
LATER = world.NOW + timedelta(seconds=5)
AFTER = world.NOW + timedelta(seconds=10)


def hold_back(fault: str, *, at: Any = LATER, until: Any = None, symbol: str = "BTC") -> None:
    """A refusal of the price guard that stands from `at` until `until`."""
    registry.get_model("market.PriceRejection").objects.create(
        asset=world.make_asset(symbol), at=at, reason=fault, source="synthetic", resolved_at=until
    )


def delist(symbol: str = "BTC", *, at: Any = LATER) -> None:
    asset = world.make_asset(symbol)
    asset.is_delisted, asset.delisted_at = True, at
    asset.save()


def judge(account: Any, kind: str = "open", *, now: Any = LATER, **fields: Any) -> tuple[str, str]:
    verdict = execution.execute_action(action=world.propose_action(account, kind, now=now, **fields), now=now)
    assert verdict is not None
    return verdict.status, verdict.reason_code


@pytest.fixture
def account() -> Any:
    """An account that bought BTC at $100."""
    account = world.make_account()
    world.put_quote(dollars=100)
    assert judge(account, now=world.NOW, size_lots=1_000_000) == ("executed", "")
    account.refresh_from_db()
    return account


@pytest.mark.parametrize("fault", PriceFault.values)
def test_d05_a_price_held_back_stops_fills_at_once_and_only_while_it_stands(account: Any, fault: str) -> None:
    hold_back(fault, until=AFTER)
    for kind in ("open", "close"):
        assert judge(account, kind) == ("denied", fault)
    assert Fill.objects.count() == 1
    world.put_quote(dollars=101, at=AFTER)
    assert judge(account, "close", now=AFTER) == ("executed", "")


def test_d05_another_asset_is_traded_meanwhile(account: Any) -> None:
    hold_back("PRICE_JUMP", symbol="ETH")
    world.put_quote("ETH", dollars=50)
    assert judge(account, symbol="ETH") == ("denied", "PRICE_JUMP")
    assert judge(account, size_lots=1_000) == ("executed", "")


def test_d05_an_account_is_neither_marked_nor_left_and_says_why(account: Any) -> None:
    hold_back("PRICE_JUMP", until=AFTER)
    report = marking.mark_open_accounts(now=LATER)
    account.refresh_from_db()
    assert (report.done, report.skipped, report.failed) == (0, 1, 0)
    assert account.wait_reason == "BTC: PRICE_JUMP"
    assert not AccountSnapshot.objects.exists()
    with pytest.raises(Conflict, match="PRICE_JUMP"):
        accounts.force_exit(account=account, reason="a test", by=world.BY, now=LATER)
    world.put_quote(dollars=101, at=AFTER)
    assert marking.mark_open_accounts(now=AFTER).done == 1
    account.refresh_from_db()
    assert account.wait_reason == ""


def test_d05_a_crash_that_is_held_back_liquidates_nobody(account: Any) -> None:
    hold_back("PRICE_JUMP")
    for seconds in (5, 8, 14):
        marking.mark_open_accounts(now=world.NOW + timedelta(seconds=seconds))
    account.refresh_from_db()
    assert account.status == AccountStatus.ACTIVE
    assert account.equity_micros == world.START


def test_an_hour_whose_price_was_held_back_is_free_and_the_next_is_charged(account: Any) -> None:
    hour = timedelta(hours=1)
    for count in (1, 2):
        world.put_quote(dollars=100, at=world.NOW + count * hour - world.MINUTE, rate_e10=1_000_000)
    hold_back("PRICE_MISSING", at=world.NOW + hour - world.MINUTE / 2, until=world.NOW + hour + world.MINUTE)
    world.put_quote(dollars=100, at=world.NOW + 2 * hour, rate_e10=1_000_000)
    marking.mark_open_accounts(now=world.NOW + 2 * hour)
    paid = LedgerEntry.objects.filter(account=account, kind="funding", book="cash")
    assert [row.reference for row in paid] == ["funding:BTC:2026-03-02T14Z"]


def test_a_decision_is_refused_with_the_faults_code_and_nobody_is_asked(account: Any) -> None:
    world.put_candles(end=world.NOW)
    hold_back("PRICE_NOT_A_NUMBER")
    prompt = world.clones.compiled(world.clones.active_version(account.clone)).enabled_prompts[0]
    with pytest.raises(ContextRefused) as refused:
        build_context(
            prompt=prompt,
            symbol="BTC",
            slot_at=world.NOW,
            account=build_state(account, load_positions(account).values()),
            policy=policy_of(account),
            board=MarketBoard(LATER),
        )
    assert refused.value.code == "PRICE_NOT_A_NUMBER"


def test_d06_a_delisted_asset_opens_nothing_and_closes_at_its_last_accepted_price(account: Any) -> None:
    delist()
    hold_back("PRICE_MISSING")
    soon_after = world.NOW + timedelta(minutes=30)
    assert judge(account, now=soon_after) == ("denied", "ASSET_DELISTED")
    assert marking.mark_open_accounts(now=soon_after).done == 1
    account.refresh_from_db()
    assert account.wait_reason == ""
    position = Position.objects.get(account=account)
    assert account.equity_micros == account.cash_micros + 10_000 * world.DOLLAR - position.cost_micros
    assert not LedgerEntry.objects.filter(account=account, kind="funding").exists()
    assert judge(account, "close", now=soon_after) == ("executed", "")
    fill = Fill.objects.latest("id")
    bought = Fill.objects.earliest("id")
    assert (fill.mid_micros, fill.price_age_ms) == (100 * world.DOLLAR, 0)
    assert fill.quote_reference == bought.quote_reference
    assert fill.book_reference == ""


def test_d06_what_was_asked_about_a_moment_before_the_delisting_stays_as_it_was(account: Any) -> None:
    delist(at=AFTER)
    before, since = (MarketBoard(at).quotes(["BTC"])["BTC"] for at in (LATER, AFTER))
    assert before.at_ms == int(world.NOW.timestamp() * 1000)
    assert since.at_ms == int(AFTER.timestamp() * 1000)
    assert (since.mark_micros, since.reference) == (before.mark_micros, before.reference)


def test_d06_a_missing_asset_that_is_not_delisted_waits_for_its_price(account: Any) -> None:
    hold_back("PRICE_MISSING")
    late = world.NOW + timedelta(minutes=10)
    assert judge(account, "close", now=late) == ("denied", "PRICE_MISSING")
    assert marking.mark_open_accounts(now=late).skipped == 1
