"""Margin as properties: tiers without jumps, liquidation prices that solve their equation in every tier."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import margin
from apps.exchange.precision import tick
from apps.exchange.tiers import maintenance
from apps.exchange.translate import terms_of
from apps.exchange.types import AccountState, Instrument, MarginTier, Position, Quote
from tests.exchange.world import BTC, DOLLAR, ETH, INSTRUMENTS, NOW, SOL, account, marks, position, quote
from tests.market.places import recorded

STEEP = Instrument(
    "STEEP",
    1,
    50,
    (
        MarginTier(0, 50),
        MarginTier(10_000 * DOLLAR, 20),
        MarginTier(50_000 * DOLLAR, 7),
        MarginTier(200_000 * DOLLAR, 3),
    ),
)
TIERED = (BTC, ETH, SOL, STEEP)


@st.composite
def positions(draw: st.DrawFn) -> tuple[Instrument, Position, int]:
    """A position of any size over all tiers, its entry, and the mark it is looked at."""
    instrument = draw(st.sampled_from(TIERED))
    scale = 10**instrument.size_decimals
    entry = draw(st.integers(DOLLAR, 200_000 * DOLLAR))
    notional = draw(st.one_of(st.integers(100, 10**6), st.integers(10**6, 10**9))) * DOLLAR
    lots = max(notional * scale // entry, 1) * draw(st.sampled_from([1, -1]))
    cost = lots * entry // scale
    leverage = draw(st.integers(1, instrument.tiers[-1].max_leverage))
    held = Position(
        instrument.symbol, lots, cost, leverage, is_isolated=True, margin_micros=abs(cost) // leverage
    )
    return instrument, held, max(entry * draw(st.integers(9_000, 11_000)) // 10_000, 1)


def covered_by(state: AccountState, instrument: Instrument, price: int) -> int:
    """How much more than its maintenance stands behind the account's only position at a price."""
    at = {instrument.symbol: Quote(instrument.symbol, price, price, price, NOW)}
    measured = margin.measure(state, at, {instrument.symbol: instrument})
    if state.positions[0].is_isolated:
        backing = measured.isolated_margin_micros + measured.unrealized_micros
        return backing - measured.isolated_maintenance_micros
    return measured.account_value_micros - measured.maintenance_micros


@settings(max_examples=400)
@given(positions(), st.booleans())
def test_the_liquidation_price_is_where_equity_equals_maintenance_in_every_tier(
    drawn: tuple[Instrument, Position, int], is_isolated: bool
) -> None:
    instrument, held, mark = drawn
    state = account(held, cash=held.margin_micros)
    if not is_isolated:
        cross = Position(held.symbol, held.size_lots, held.cost_micros, held.leverage)
        state = account(cross, cash=held.margin_micros)
    at = {instrument.symbol: Quote(instrument.symbol, mark, mark, mark, NOW)}
    price = margin.liquidation_price(state, instrument.symbol, at, {instrument.symbol: instrument})
    side = 1 if held.size_lots > 0 else -1
    if price is None:
        assert side > 0
        assert covered_by(state, instrument, 1) >= 0
        return
    step = tick(price, instrument.size_decimals)
    assert covered_by(state, instrument, price + side * step) >= 0
    assert covered_by(state, instrument, max(price - side * step, 1)) <= 0


@given(st.integers(1, 10**15), st.sampled_from(TIERED))
def test_maintenance_never_falls_with_size_and_never_jumps(value: int, instrument: Instrument) -> None:
    terms = terms_of(instrument)
    least = min(tier.max_leverage for tier in instrument.tiers)
    step = maintenance(value + 1_000, terms) - maintenance(value, terms)
    assert 0 <= step <= 1_000 // (2 * least) + 2


def test_the_deductions_make_the_tiers_meet() -> None:
    terms = terms_of(STEEP)
    for (bound, leverage), cut in zip(
        [(tier.lower_bound_micros, tier.max_leverage) for tier in STEEP.tiers], terms.cuts, strict=True
    ):
        assert maintenance(bound, terms) == pytest.approx(bound / (2 * leverage) - cut, abs=1)
    for before, after in pairwise(terms.cuts):
        assert after > before


@pytest.mark.recorded
def test_the_venues_margin_tables_meet_at_their_bounds() -> None:
    meta = json.loads(recorded("hyperliquid-info/meta_2026-10.json").read_text())
    for number, table in meta["marginTables"]:
        rows = [
            (int(Decimal(tier["lowerBound"])) * DOLLAR, tier["maxLeverage"]) for tier in table["marginTiers"]
        ]
        instrument = Instrument(
            f"T{number}", 2, rows[0][1], tuple(MarginTier(bound, leverage) for bound, leverage in rows)
        )
        terms = terms_of(instrument)
        for (_, upper), (bound, lower) in pairwise(rows):
            assert maintenance(bound - 1, terms) == pytest.approx(bound / (2 * upper), abs=1)
            assert maintenance(bound, terms) == pytest.approx(bound / (2 * upper), abs=1)
            slope = maintenance(bound + 200 * DOLLAR, terms) - maintenance(bound, terms)
            assert slope == pytest.approx(200 * DOLLAR / (2 * lower), abs=1)
            assert margin.max_leverage_at(bound, instrument) == lower
            assert margin.max_leverage_at(bound - 1, instrument) == upper


def test_a_cross_liquidation_price_counts_the_other_positions() -> None:
    held = account(
        position("BTC", 100_000, price=100_000 * DOLLAR), position("SOL", -5_000), cash=15_000 * DOLLAR
    )
    at = marks(BTC=100_000 * DOLLAR, SOL=190 * DOLLAR)
    price = margin.liquidation_price(held, "BTC", at, INSTRUMENTS)
    assert price is not None
    for offset, expected in ((-10, True), (10, False)):
        moved = {**at, "BTC": quote("BTC", price + offset)}
        assert margin.is_liquidatable(held, moved, INSTRUMENTS) is expected


def test_isolated_margin_backs_nothing_else() -> None:
    alone = Position("SOL", 1_000, 1_900 * DOLLAR, 5, is_isolated=True, margin_micros=380 * DOLLAR)
    state = account(position("BTC", 1_000), alone, cash=1_000 * DOLLAR)
    at = marks(SOL=180 * DOLLAR)
    measured = margin.measure(state, at, INSTRUMENTS)
    assert measured.account_value_micros == 620 * DOLLAR
    assert measured.equity_micros == 900 * DOLLAR
    assert measured.unrealized_micros == -100 * DOLLAR
    assert (measured.isolated_margin_micros, measured.isolated_maintenance_micros) == (
        380 * DOLLAR,
        45 * DOLLAR,
    )
    assert measured.exposure_micros == measured.net_exposure_micros == 971_234_000 + 1_800 * DOLLAR
