"""All accounts at once: the same numbers as one by one, in both forms, over every tier and mode."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import margin, valuation
from apps.exchange.translate import held_of
from apps.exchange.types import AccountState, Instrument, MarginTier, Position
from tests.exchange.world import BTC, DOLLAR, ETH, KPEPE, SOL, account, position, quote

STEEP = Instrument(
    "STEEP", 1, 50, (MarginTier(0, 50), MarginTier(10_000 * DOLLAR, 20), MarginTier(90_000 * DOLLAR, 3))
)
LISTED = (BTC, ETH, SOL, KPEPE, STEEP)
VENUE = {instrument.symbol: instrument for instrument in LISTED}
MARKS = {
    "BTC": 97_123_400_000,
    "ETH": 3_456_700_000,
    "SOL": 187_650_000,
    "kPEPE": 12_345,
    "STEEP": 50 * DOLLAR,
}


def columns_of(states: list[AccountState]) -> valuation.AccountColumns:
    """The columns of some accounts."""
    rows = [held for state in states for held in state.positions]
    symbols = [instrument.symbol for instrument in LISTED]
    figures = [held_of(held) for held in rows]

    def column(values: list[int]) -> valuation.Column:
        return np.array(values, dtype=np.int64)

    return valuation.AccountColumns(
        cash=column([state.cash_micros for state in states]),
        first=column([0, *np.cumsum([len(state.positions) for state in states]).tolist()]),
        asset=column([symbols.index(held.symbol) for held in rows]),
        size=column([held.size for held in figures]),
        cost=column([held.cost for held in figures]),
        leverage=column([held.leverage for held in figures]),
        is_isolated=column([held.is_isolated for held in figures]),
        margin=column([held.margin for held in figures]),
    )


def market_at(marks: dict[str, int]) -> valuation.MarketColumns:
    return valuation.market_columns(LISTED, [marks.get(instrument.symbol, 0) for instrument in LISTED])


def same(left: valuation.Valued, right: valuation.Valued) -> None:
    for name in valuation.Valued.__slots__:
        assert getattr(left, name).tolist() == getattr(right, name).tolist(), name


@st.composite
def states(draw: st.DrawFn) -> AccountState:
    """An account with positions of any size, profit and mode."""
    held = []
    for symbol in sorted(draw(st.sets(st.sampled_from(sorted(VENUE)), max_size=5))):
        scale = 10 ** VENUE[symbol].size_decimals
        lots = max(draw(st.integers(1, 200_000)) * DOLLAR * scale // MARKS[symbol], 1)
        lots *= draw(st.sampled_from([1, -1]))
        cost = MARKS[symbol] * draw(st.integers(8_000, 12_000)) // 10_000 * lots // scale
        leverage, is_isolated = draw(st.integers(1, 10)), draw(st.booleans())
        held.append(
            Position(symbol, lots, cost, leverage, is_isolated, abs(cost) // leverage if is_isolated else 0)
        )
    return account(*held, cash=draw(st.integers(0, 100_000)) * DOLLAR)


@settings(deadline=None)
@given(st.lists(states(), max_size=8))
def test_columns_give_what_each_account_gives_alone(accounts: list[AccountState]) -> None:
    valued = valuation.value_accounts(columns_of(accounts), market_at(MARKS), compiled=False)
    quotes = {symbol: quote("BTC", mark) for symbol, mark in MARKS.items()}
    for place, state in enumerate(accounts):
        measured = margin.measure(state, quotes, VENUE)
        assert valued.equity[place] == measured.equity_micros
        assert valued.unrealized[place] == measured.unrealized_micros
        assert valued.exposure[place] == measured.exposure_micros
        assert valued.maintenance[place] == measured.maintenance_micros + measured.isolated_maintenance_micros
        assert valued.is_breached[place] == margin.is_liquidatable(state, quotes, VENUE)
        assert valued.is_priced[place] == 1


@settings(deadline=None, max_examples=30)
@given(st.lists(states(), max_size=8), st.sets(st.sampled_from(sorted(VENUE))))
def test_the_compiled_form_gives_the_same_numbers(accounts: list[AccountState], unpriced: set[str]) -> None:
    columns = columns_of(accounts)
    market = market_at({symbol: mark for symbol, mark in MARKS.items() if symbol not in unpriced})
    same(
        valuation.value_accounts(columns, market, compiled=True),
        valuation.value_accounts(columns, market, compiled=False),
    )


def test_the_compiled_form_is_exact_where_products_pass_64_bits() -> None:
    huge = [account(position("BTC", sign * 10**12, price=90_000 * DOLLAR), cash=10**17) for sign in (1, -1)]
    columns, market = columns_of(huge), market_at({"BTC": 97_123_400_001})
    interpreted = valuation.value_accounts(columns, market, compiled=False)
    assert interpreted.exposure[0] == 97_123_400_001 * 10**7
    same(valuation.value_accounts(columns, market, compiled=True), interpreted)


@pytest.mark.parametrize("compiled", [False, True])
def test_an_account_that_holds_an_unpriced_asset_has_no_value_and_the_others_do(compiled: bool) -> None:
    accounts = [account(position("BTC", 100)), account(position("SOL", 100), position("BTC", 1)), account()]
    valued = valuation.value_accounts(
        columns_of(accounts), market_at({"SOL": MARKS["SOL"]}), compiled=compiled
    )
    assert valued.is_priced.tolist() == [0, 0, 1]
    assert valued.equity.tolist() == [0, 0, 100_000 * DOLLAR]
    assert valued.is_breached.tolist() == [0, 0, 0]


def test_no_accounts_have_no_values() -> None:
    assert valuation.value_accounts(columns_of([]), market_at(MARKS)).equity.tolist() == []


def test_many_positions_are_valued_compiled_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    monkeypatch.setattr(valuation, "COMPILED_ABOVE", 1)
    monkeypatch.setattr(valuation, "_compiled", lambda: lambda *_: used.append(1))
    valuation.value_accounts(columns_of([account(position("BTC", 1))]), market_at(MARKS))
    assert used == []
    valuation.value_accounts(columns_of([account(position("BTC", 1), position("SOL", 1))]), market_at(MARKS))
    assert used == [1]
