"""Forced exits: only when due, only on believable prices, never leaving a debt."""

from dataclasses import replace

import pytest

from apps.exchange import margin
from apps.exchange.liquidation import close_all, liquidate
from apps.exchange.types import AccountState, Book, Denied, DenyReason, Executed, LedgerKind, Quote
from tests.exchange.world import (
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    account,
    book,
    marks,
    position,
    quote,
)

TWO = account(position("BTC", 50_000), position("SOL", -2_000), cash=5_000 * DOLLAR)


def liquidated(
    state: AccountState, at: dict[str, Quote], books: dict[str, Book] | None = None
) -> tuple[Executed, ...] | Denied:
    return liquidate(
        state=state, marks=at, books=books or {}, instruments=INSTRUMENTS, policy=POLICY, now_ms=NOW
    )


def closed(
    state: AccountState, at: dict[str, Quote], books: dict[str, Book]
) -> tuple[Executed, ...] | Denied:
    return close_all(state=state, marks=at, books=books, instruments=INSTRUMENTS, policy=POLICY, now_ms=NOW)


def test_a_healthy_account_is_not_liquidated() -> None:
    result = liquidated(TWO, marks())
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.NOT_LIQUIDATABLE
    assert isinstance(liquidated(account(cash=-5), marks()), Denied)


def test_an_account_below_maintenance_loses_every_position() -> None:
    at = marks(BTC=88_000 * DOLLAR)
    assert margin.is_liquidatable(TWO, at, INSTRUMENTS)
    results = liquidated(TWO, at)
    assert isinstance(results, tuple)
    assert [result.fills[0].symbol for result in results] == ["BTC", "SOL"]
    assert results[-1].state_after.positions == ()
    change = results[-1].state_after.cash_micros - TWO.cash_micros
    assert change == sum(line.amount_micros for result in results for line in result.lines)


def test_a_debt_is_lifted_to_zero_by_one_adjustment_line() -> None:
    results = liquidated(TWO, marks(BTC=80_000 * DOLLAR))
    assert isinstance(results, tuple)
    assert results[-1].state_after.cash_micros == 0
    kinds = [line.kind for result in results for line in result.lines]
    assert kinds.count(LedgerKind.ADJUSTMENT) == 1
    change = -TWO.cash_micros
    assert change == sum(line.amount_micros for result in results for line in result.lines)


@pytest.mark.parametrize(
    "bad",
    [
        quote("BTC", 0),
        quote("BTC", -1),
        quote("BTC", 88_000 * DOLLAR, at_ms=NOW - 15_001),
        quote("BTC", 97_000 * DOLLAR, mark_micros=50_000 * DOLLAR),
    ],
    ids=["zero", "negative", "stale", "off-oracle"],
)
def test_one_bad_price_never_liquidates(bad: Quote) -> None:
    for act in (liquidated(TWO, {**marks(), "BTC": bad}), closed(TWO, {**marks(), "BTC": bad}, {})):
        assert isinstance(act, Denied)
        assert act.reason is DenyReason.MARKS_MISSING


def test_a_missing_price_never_liquidates() -> None:
    result = liquidated(TWO, {"BTC": quote("BTC", 80_000 * DOLLAR)})
    assert isinstance(result, Denied)
    assert "SOL" in result.detail


def test_closing_all_ignores_the_account_status_and_an_insane_book() -> None:
    crossed = replace(book(), bids=book().asks, asks=book().bids)
    results = closed(replace(TWO, status="locked"), marks(), {"BTC": crossed, "SOL": book("SOL")})
    assert isinstance(results, tuple)
    assert [result.fills[0].book_reference for result in results] == ["", "book:SOL"]
    assert results[-1].state_after.positions == ()
    assert closed(account(), {}, {}) == ()


def test_account_value_equal_to_maintenance_is_not_yet_liquidated() -> None:
    at = marks()
    measured = margin.measure(TWO, at, INSTRUMENTS)
    excess = measured.account_value_micros - measured.maintenance_micros
    edge = replace(TWO, cash_micros=TWO.cash_micros - excess)
    assert isinstance(liquidated(edge, at), Denied)
    assert isinstance(liquidated(replace(edge, cash_micros=edge.cash_micros - 1), at), tuple)
