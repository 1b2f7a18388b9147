"""What an account's books say to the engine that decides for it: the kernel's figures, the ledger's sums, no prose."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from apps.decisions.engine.types import AccountTruth
from apps.exchange import margin
from apps.market.queries import MarketBoard
from apps.trading import queries
from apps.trading.models import PropAccount
from apps.trading.queries import money
from apps.trading.services import execution, marking
from apps.trading.services.account_state import read_standing
from tests.trading import world

pytestmark = pytest.mark.django_db
LATER = world.NOW + timedelta(hours=2)
ROOMY = {"max_position_micros": 10**13, "max_exposure_micros": 10**13, "max_drawdown_bps": 9_999}
PROSE = "these words were an engine's own"


def act(account: PropAccount, kind: str, *, now: Any = world.NOW, **fields: Any) -> None:
    action = world.propose_action(account, kind, now=now, reason=PROSE, **fields)
    execution.execute_action(action=action, now=now)


@pytest.fixture
def account() -> PropAccount:
    """Long BTC across, short ETH isolated with a stop, after two hours of funding and a part taken off."""
    account = world.make_account(world.make_clone(assets=("BTC", "ETH")), **ROOMY)
    for symbol in ("BTC", "ETH"):
        world.put_quote(symbol, dollars=100, rate_e10=1_000_000)
    act(account, "open", notional_micros=60_000 * world.DOLLAR)
    short = {"side": -1, "leverage": 3, "is_isolated": True, "stop_micros": 130 * world.DOLLAR}
    act(account, "open", symbol="ETH", notional_micros=30_000 * world.DOLLAR, **short)
    for symbol, dollars in (("BTC", 103), ("ETH", 98)):
        for hours in (1, 2):
            at = world.NOW + timedelta(hours=hours)
            world.put_quote(symbol, dollars=dollars, at=at, rate_e10=1_000_000)
    marking.mark_open_accounts(now=LATER)
    act(account, "reduce", now=LATER, side=None, notional_micros=10_000 * world.DOLLAR)
    return queries.get_account(account.public_id)


def truth(account: PropAccount) -> AccountTruth:
    return queries.account_truth(account, MarketBoard(LATER))


def test_its_sums_are_the_ledgers(account: PropAccount) -> None:
    found, story = truth(account), queries.money_story(account)
    assert found.fees_paid_micros == -story.parts.fees > 0
    assert found.funding_paid_micros == -story.parts.funding != 0
    assert found.realized_micros == story.realized_micros > 0
    assert sum(one.funding_paid_micros for one in found.positions) == found.funding_paid_micros
    assert {one.symbol: one.funding_paid_micros > 0 for one in found.positions} == {
        "BTC": True,
        "ETH": False,
    }, "the long pays what the short receives"
    assert [one.own_funding_micros for one in found.positions] == [
        one.funding_paid_micros for one in found.positions
    ], "each was opened once, so all of it is its own"


@pytest.mark.parametrize("turned", [False, True], ids=["closed and opened again", "turned round"])
def test_funding_of_a_position_is_that_since_it_was_opened(
    account: PropAccount, turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the asset paid while an earlier position stood is not this one's; adding and reducing begin nothing."""
    monkeypatch.setattr(money, "_PAGE", 2)
    before = {one.symbol: one.funding_paid_micros for one in truth(account).positions}
    if turned:
        act(account, "flip", now=LATER, side=-1, notional_micros=20_000 * world.DOLLAR)
    else:
        act(account, "close", now=LATER, side=None, notional_micros=0)
        act(account, "open", now=LATER, notional_micros=20_000 * world.DOLLAR)
    fresh = {one.symbol: one for one in truth(account).positions}
    assert fresh["BTC"].own_funding_micros == 0
    assert fresh["BTC"].funding_paid_micros == before["BTC"] > 0
    assert fresh["ETH"].own_funding_micros == before["ETH"] < 0
    end = LATER + timedelta(hours=1)
    side = -1 if turned else 1
    act(account, "open", now=LATER + timedelta(minutes=1), side=side, notional_micros=1_000 * world.DOLLAR)
    for symbol, dollars in (("BTC", 103), ("ETH", 98)):
        world.put_quote(symbol, dollars=dollars, at=end, rate_e10=1_000_000)
    marking.mark_open_accounts(now=end)
    account.refresh_from_db()
    later = {one.symbol: one for one in queries.account_truth(account, MarketBoard(end)).positions}
    own = later["BTC"].own_funding_micros
    assert own and (own < 0) == turned and own == later["BTC"].funding_paid_micros - before["BTC"]
    assert later["ETH"].own_funding_micros == later["ETH"].funding_paid_micros


def test_margins_and_liquidation_prices_are_the_kernels(account: PropAccount) -> None:
    found, board = truth(account), MarketBoard(LATER)
    state = read_standing(account.pk, board, books=False).account
    quotes, instruments = board.quotes(["BTC", "ETH"]), board.instruments(["BTC", "ETH"])
    margins = margin.measure(state, quotes, instruments)
    assert found.unrealized_micros == margins.unrealized_micros > 0
    assert found.margin_used_micros == margins.initial_micros + margins.isolated_margin_micros
    assert found.margin_used_micros == sum(one.margin_micros for one in found.positions)
    assert found.free_margin_micros == margins.account_value_micros - margins.initial_micros > 0
    assert found.maintenance_micros == sum(one.maintenance_micros for one in found.positions)
    for one in found.positions:
        assert one.liquidation_price_micros == margin.liquidation_price(
            state, one.symbol, quotes, instruments
        )
        assert one.mark_micros == quotes[one.symbol].mark_micros
    assert [(one.symbol, one.side, one.is_isolated) for one in found.positions] == [
        ("BTC", 1, False),
        ("ETH", -1, True),
    ]


def test_standing_exits_and_the_last_fills_are_told_and_nobodys_words(account: PropAccount) -> None:
    found = truth(account)
    stop = found.exits[0]
    assert (stop.symbol, stop.kind, stop.price_micros) == ("ETH", "stop", 130 * world.DOLLAR)
    assert [(fill.symbol, fill.side) for fill in found.fills] == [("BTC", 1), ("ETH", -1), ("BTC", -1)]
    assert found.fills[-1].realized_micros == found.realized_micros
    assert all(fill.cause == "action" for fill in found.fills)
    assert PROSE not in str(asdict(found))


def test_only_the_last_ten_fills_are_told(account: PropAccount) -> None:
    for minute in range(12):
        at = LATER + timedelta(minutes=minute + 1)
        world.put_quote("BTC", dollars=103, at=at)
        world.put_quote("ETH", dollars=98, at=at)
        act(account, "open", now=at, notional_micros=100 * world.DOLLAR)
    account.refresh_from_db()
    now = LATER + timedelta(minutes=12)
    moments = [fill.at_ms for fill in queries.account_truth(account, MarketBoard(now)).fills]
    assert len(moments) == 10 and moments == sorted(moments)
    earlier = queries.account_truth(account, MarketBoard(LATER + timedelta(minutes=3)))
    assert earlier.fills[-1].at_ms == earlier.at_ms - 0, "a later fill is not known yet"


def test_the_fee_is_that_of_the_tier_that_the_next_fill_pays(account: PropAccount) -> None:
    assert (truth(account).taker_fee_rate_e10, truth(account).maker_fee_rate_e10) == (4_500_000, 1_500_000)
    tomorrow = world.NOW + timedelta(days=1)
    account.volume_micros, account.volume_date = 6_000_000_000_000, tomorrow.date()
    assert queries.account_truth(account, MarketBoard(tomorrow)).taker_fee_rate_e10 == 4_000_000
    account.volume_date = world.NOW.date() - timedelta(days=1)
    again = queries.account_truth(account, MarketBoard(tomorrow))
    assert again.taker_fee_rate_e10 == 4_500_000, "an older day's volume says nothing: it is counted anew"


def test_a_position_without_a_price_counts_at_its_entry(account: PropAccount) -> None:
    before = queries.account_truth(account, MarketBoard(world.NOW - timedelta(days=1)))
    assert {one.symbol for one in before.positions} == {"BTC", "ETH"}
    assert all(abs(one.unrealized_micros) <= world.DOLLAR for one in before.positions)
    assert before.fills == () and before.exits == ()


def test_a_fresh_account_has_paid_nothing_and_has_all_its_margin() -> None:
    account = world.make_account()
    found = truth(account)
    assert (found.fees_paid_micros, found.realized_micros, found.margin_used_micros) == (0, 0, 0)
    assert found.free_margin_micros == world.START
    assert (found.positions, found.exits, found.fills) == ((), (), ())


def test_the_number_of_queries_does_not_grow_with_the_positions(
    account: PropAccount, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(9):
        truth(account)
