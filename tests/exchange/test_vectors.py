"""The venue's published numbers come out of the kernel to the cent."""

from dataclasses import replace

import pytest

from apps.exchange import funding, margin
from apps.exchange.types import Instrument, MarginTier, Quote
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

FREE = replace(
    POLICY,
    half_spread_rate_e10=0,
    impact_rate_e10=0,
    max_position_micros=10**15,
    max_exposure_micros=10**15,
)


def isolated_liquidation(instrument: Instrument, lots: int, price: int, leverage: int) -> int | None:
    """Liquidation price of a fresh isolated position: its margin is all that backs it."""
    value = abs(lots) * price // 10**instrument.size_decimals
    return margin.solve_liquidation(
        lots, value, value // leverage, instrument.size_decimals, margin.tier_columns(instrument)
    )


def cents(micros: int | None) -> float:
    assert micros is not None
    return round(micros / DOLLAR, 2)


def test_btc_long_ten_times_liquidates_where_the_page_says() -> None:
    assert cents(isolated_liquidation(BTC, 100_000, 100_000 * DOLLAR, 10)) == 91_139.24


def test_btc_short_ten_times_liquidates_where_the_page_says() -> None:
    assert cents(isolated_liquidation(BTC, -100_000, 100_000 * DOLLAR, 10)) == 108_641.98


def test_sol_long_ten_times_liquidates_where_the_page_says() -> None:
    price = isolated_liquidation(SOL, 10_000, 200 * DOLLAR, 10)
    assert price is not None
    assert round(price / DOLLAR, 3) == 184.615


def test_equity_equals_maintenance_at_the_long_liquidation_price() -> None:
    price = isolated_liquidation(BTC, 100_000, 100_000 * DOLLAR, 10)
    assert price is not None
    equity = 10_000 * DOLLAR + price - 100_000 * DOLLAR
    assert equity == pytest.approx(margin.position_maintenance(price, BTC), abs=1)
    assert cents(equity) == 1_139.24


def test_initial_and_maintenance_margin_of_the_page() -> None:
    held = account(position("BTC", 100_000, price=100_000 * DOLLAR))
    at = {"BTC": Quote("BTC", 100_000 * DOLLAR, 1, 1, NOW)}
    assert margin.initial_margin(held, at, INSTRUMENTS) == 10_000 * DOLLAR
    assert margin.maintenance_margin(held, at, INSTRUMENTS) == 1_250 * DOLLAR


@pytest.mark.parametrize("lots", [100_000, -100_000])
def test_cross_account_holding_only_the_margin_agrees_with_isolated(lots: int) -> None:
    held = account(position("BTC", lots, price=100_000 * DOLLAR), cash=10_000 * DOLLAR)
    at = {"BTC": Quote("BTC", 100_000 * DOLLAR, 1, 1, NOW)}
    price = margin.liquidation_price(held, "BTC", at, INSTRUMENTS)
    assert price == isolated_liquidation(BTC, lots, 100_000 * DOLLAR, 10)


def test_liquidation_price_is_the_edge_of_being_liquidatable() -> None:
    held = account(
        position("BTC", 100_000, price=100_000 * DOLLAR), position("SOL", -5_000), cash=15_000 * DOLLAR
    )
    at = {
        "BTC": Quote("BTC", 100_000 * DOLLAR, 1, 1, NOW),
        "SOL": Quote("SOL", 190 * DOLLAR, 1, 1, NOW),
    }
    price = margin.liquidation_price(held, "BTC", at, INSTRUMENTS)
    assert price is not None
    for offset, expected in ((-10, True), (10, False)):
        moved = {**at, "BTC": Quote("BTC", price + offset, 1, 1, NOW)}
        assert margin.is_liquidatable(held, moved, INSTRUMENTS) is expected


def test_liquidation_price_uses_the_tier_at_that_price() -> None:
    tiers = (MarginTier(0, 20), MarginTier(1_000 * DOLLAR, 10))
    thin = Instrument("THIN", 0, 20, tiers)
    # short 9 at 100 with 300 behind it: at the liquidation price the notional is above 1,000
    price = margin.solve_liquidation(-9, 900 * DOLLAR, 300 * DOLLAR, 0, margin.tier_columns(thin))
    assert price is not None
    assert 9 * price > 1_000 * DOLLAR
    equity = 300 * DOLLAR - (9 * price - 900 * DOLLAR)
    assert equity == pytest.approx(margin.position_maintenance(9 * price, thin), abs=9)


def test_a_long_backed_in_full_is_never_liquidated() -> None:
    held = account(position("BTC", 100, leverage=1), cash=100_000 * DOLLAR)
    at = {"BTC": Quote("BTC", 97_123_400_000, 1, 1, NOW)}
    assert margin.liquidation_price(held, "BTC", at, INSTRUMENTS) is None
    assert margin.liquidation_price(held, "SOL", at, INSTRUMENTS) is None


def test_maintenance_is_continuous_where_a_tier_begins() -> None:
    edge = 150_000_000 * DOLLAR
    below, above = margin.position_maintenance(edge - 80, BTC), margin.position_maintenance(edge + 80, BTC)
    assert (below, margin.position_maintenance(edge, BTC), above) == (
        edge // 80 - 1,
        edge // 80,
        edge // 80 + 2,
    )


def test_funding_of_a_one_percent_premium() -> None:
    rate = funding.rate_from_premium(100_000_000)
    assert rate == 11_875_000
    assert funding.payment(1_000_000, 10_000 * DOLLAR, rate, 5) == 118_750_000


def test_funding_at_rest_is_the_interest_rate_and_is_capped() -> None:
    assert funding.rate_from_premium(0) == 125_000
    assert funding.rate_from_premium(10**11) == 400_000_000
    assert funding.rate_from_premium(-(10**11)) == -400_000_000


def test_premium_of_impact_prices() -> None:
    assert funding.premium(101 * DOLLAR, 102 * DOLLAR, 100 * DOLLAR) == 100_000_000
    assert funding.premium(97 * DOLLAR, 98 * DOLLAR, 100 * DOLLAR) == -200_000_000
    assert funding.premium(99 * DOLLAR, 101 * DOLLAR, 100 * DOLLAR) == 0


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
