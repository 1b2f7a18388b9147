"""The venue's published and recorded numbers come out of the kernel to the cent."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from apps.exchange import funding, margin
from apps.exchange.tiers import maintenance
from apps.exchange.translate import terms_of
from apps.exchange.types import AccountState, Instrument, MarginTier, Position, Quote
from tests.exchange.world import (
    BTC,
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    SOL,
    account,
    done,
    intent,
    position,
    run,
)
from tests.market.places import recorded

FREE = replace(
    POLICY,
    half_spread_rate_e10=0,
    impact_rate_e10=0,
    max_position_micros=10**15,
    max_exposure_micros=10**15,
    max_net_exposure_micros=10**15,
)


def isolated(instrument: Instrument, lots: int, price: int, leverage: int) -> AccountState:
    """An account that holds one fresh isolated position, its margin, and nine times as much cash beside it."""
    cost = lots * price // 10**instrument.size_decimals
    behind = abs(cost) // leverage
    held = Position(instrument.symbol, lots, cost, leverage, is_isolated=True, margin_micros=behind)
    return account(held, cash=10 * behind)


def solved(state: AccountState, instrument: Instrument, mark: int) -> int:
    """The liquidation price of the account's position in the instrument."""
    at = {instrument.symbol: Quote(instrument.symbol, mark, mark, mark, NOW)}
    price = margin.liquidation_price(state, instrument.symbol, at, {instrument.symbol: instrument})
    assert price is not None
    return price


def cents(micros: int) -> float:
    return round(micros / DOLLAR, 2)


def test_btc_ten_times_isolated_liquidates_where_the_page_says() -> None:
    price = 100_000 * DOLLAR
    assert cents(solved(isolated(BTC, 100_000, price, 10), BTC, price)) == 91_139.24
    assert cents(solved(isolated(BTC, -100_000, price, 10), BTC, price)) == 108_641.98


def test_sol_ten_times_isolated_liquidates_where_the_page_says() -> None:
    price = solved(isolated(SOL, 10_000, 200 * DOLLAR, 10), SOL, 200 * DOLLAR)
    assert round(price / DOLLAR, 3) == 184.615


def test_equity_equals_maintenance_at_the_long_liquidation_price() -> None:
    state = isolated(BTC, 100_000, 100_000 * DOLLAR, 10)
    price = solved(state, BTC, 100_000 * DOLLAR)
    measured = margin.measure(state, {"BTC": Quote("BTC", price, price, price, NOW)}, INSTRUMENTS)
    backing = measured.isolated_margin_micros + measured.unrealized_micros
    assert backing == pytest.approx(measured.isolated_maintenance_micros, abs=1)
    assert cents(backing) == cents(measured.isolated_maintenance_micros) == 1_139.24


def test_initial_and_maintenance_margin_of_the_page() -> None:
    held = account(position("BTC", 100_000, price=100_000 * DOLLAR))
    measured = margin.measure(held, {"BTC": Quote("BTC", 100_000 * DOLLAR, 1, 1, NOW)}, INSTRUMENTS)
    assert measured.initial_micros == 10_000 * DOLLAR
    assert measured.maintenance_micros == 1_250 * DOLLAR


@pytest.mark.parametrize("lots", [100_000, -100_000])
def test_a_cross_account_holding_only_the_margin_agrees_with_isolated(lots: int) -> None:
    price = 100_000 * DOLLAR
    held = account(position("BTC", lots, price=price), cash=10_000 * DOLLAR)
    assert solved(held, BTC, price) == solved(isolated(BTC, lots, price, 10), BTC, price)


def test_maintenance_of_two_hundred_millions_of_btc() -> None:
    assert maintenance(200_000_000 * DOLLAR, terms_of(BTC)) == 3_125_000 * DOLLAR


def test_the_isolated_long_that_the_venue_documents() -> None:
    """The venue's documented account: 0.0335 ETH, raw dollars -95.059824, at most 50x, liquidation 2866.26936529.

    Half a micro-dollar of money is 15 micro-dollars of price here.
    """
    eth = Instrument("ETH", 4, 50)
    cost = 100_041_050
    held = Position("ETH", 335, cost, 20, is_isolated=True, margin_micros=cost - 95_059_824)
    price = solved(account(held, cash=13_109 * DOLLAR), eth, 2_985_900_000)
    assert price == pytest.approx(2_866_269_365, abs=15)
    assert cents(price) == 2_866.27


def test_a_recorded_cross_short() -> None:
    """A recorded account: 1.95 HYPE short, value 49.589238, maintenance 8.378175, liquidation 43.89375297."""
    hype = Instrument("HYPE", 2, 3)
    mark = 25_779_000
    held = Position("HYPE", -195, -49_877_100, 1)
    state = account(held, cash=49_589_238 + 391_950)
    measured = margin.measure(state, {"HYPE": Quote("HYPE", mark, mark, mark, NOW)}, {"HYPE": hype})
    assert measured.account_value_micros == 49_589_238
    assert measured.maintenance_micros == 8_378_175
    assert solved(state, hype, mark) == pytest.approx(43_893_753, abs=1)


def test_the_liquidation_price_uses_the_tier_at_that_price() -> None:
    thin = Instrument("THIN", 0, 20, (MarginTier(0, 20), MarginTier(1_000 * DOLLAR, 10)))
    # short 9 at 100 with 300 behind it: at the liquidation price the notional is above 1,000
    held = Position("THIN", -9, -900 * DOLLAR, 3, is_isolated=True, margin_micros=300 * DOLLAR)
    price = solved(account(held), thin, 100 * DOLLAR)
    assert 9 * price > 1_000 * DOLLAR
    backing = 300 * DOLLAR - (9 * price - 900 * DOLLAR)
    assert backing == pytest.approx(maintenance(9 * price, terms_of(thin)), abs=9)


def test_a_long_backed_in_full_is_never_liquidated() -> None:
    held = account(position("BTC", 100, leverage=1), cash=100_000 * DOLLAR)
    at = {"BTC": Quote("BTC", 97_123_400_000, 1, 1, NOW)}
    assert margin.liquidation_price(held, "BTC", at, INSTRUMENTS) is None
    assert margin.liquidation_price(held, "SOL", at, INSTRUMENTS) is None


def test_funding_of_a_one_percent_premium() -> None:
    rate = funding.rate_from_premium(100_000_000)
    assert rate == 11_875_000
    assert funding.payment(1_000_000, 10_000 * DOLLAR, rate, 5) == 118_750_000


def test_funding_at_rest_is_the_interest_rate_and_is_capped() -> None:
    assert funding.rate_from_premium(0) == 125_000
    assert funding.rate_from_premium(10**11) == 400_000_000
    assert funding.rate_from_premium(-(10**11)) == -400_000_000


def test_the_premium_of_an_hour_is_the_mean_of_its_samples() -> None:
    assert funding.average_premium([]) == 0
    assert funding.average_premium([5]) == 5
    assert funding.average_premium([-(10**9)] * 719 + [719 * 10**9]) == 0
    assert [funding.average_premium(pair) for pair in ([0, 1], [1, 2], [-1, 0])] == [0, 2, 0]


def test_premium_of_impact_prices() -> None:
    assert funding.premium(101 * DOLLAR, 102 * DOLLAR, 100 * DOLLAR) == 100_000_000
    assert funding.premium(97 * DOLLAR, 98 * DOLLAR, 100 * DOLLAR) == -200_000_000
    assert funding.premium(99 * DOLLAR, 101 * DOLLAR, 100 * DOLLAR) == 0


@pytest.mark.recorded
def test_every_recorded_premium_comes_out_of_its_impact_prices() -> None:
    _, contexts = json.loads(recorded("hyperliquid-info/meta_and_asset_ctxs_26_assets.json").read_text())
    seen = 0
    for context in contexts:
        if context["impactPxs"] is None:
            continue
        scaled = [Decimal(text) * DOLLAR for text in (*context["impactPxs"], context["oraclePx"])]
        if any(price % 1 for price in scaled):
            continue
        bid, ask, oracle = map(int, scaled)
        assert funding.premium(bid, ask, oracle) == pytest.approx(
            int(Decimal(context["premium"]) * 10**10), abs=1
        )
        seen += 1
    assert seen >= 20


def test_longs_pay_and_shorts_receive_and_cash_moves_by_the_lines() -> None:
    held = account(position("BTC", 100_000), position("SOL", -10_000))
    at = {
        "BTC": Quote("BTC", 97_000 * DOLLAR, 96_000 * DOLLAR, 1, NOW, 1_000_000),
        "SOL": Quote("SOL", 190 * DOLLAR, 200 * DOLLAR, 1, NOW, 1_000_000),
    }
    funded = funding.apply_funding(state=held, marks=at, instruments=INSTRUMENTS)
    assert [(line.symbol, line.amount_micros) for line in funded.lines] == [
        ("BTC", -9_600_000),
        ("SOL", 2_000_000),
    ]
    assert funded.state_after.cash_micros - held.cash_micros == -7_600_000
    assert funded.state_after.positions == held.positions


def test_a_taker_round_trip_pays_nine_basis_points_in_fees() -> None:
    opened = done(run(account(), intent(size_lots=100_000, leverage=10, notional_micros=0), policy=FREE))
    closed = done(run(opened.state_after, intent("close"), policy=FREE))
    fees = opened.fills[0].fee_micros + closed.fills[0].fee_micros
    assert fees == 97_124 * DOLLAR * 45 // 100_000 + 97_123 * DOLLAR * 45 // 100_000
