"""Forced exits of an account: on demand, by a standing exit, by a delisting, or because margin is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.exchange import margin, prices
from apps.exchange.figures import NEVER_MS
from apps.exchange.forced_exits import (
    BACKSTOP,
    COVERED,
    Floor,
    give_up,
    largest,
    lots_to_take,
    sell_out,
    stage,
)
from apps.exchange.totals import cross_value
from apps.exchange.translate import held_of, terms_of
from apps.exchange.types import (
    AccountState,
    Book,
    Denied,
    DenyReason,
    Executed,
    ExitCause,
    Instrument,
    Policy,
    Position,
    Quote,
)


def exit_position(
    *,
    state: AccountState,
    symbol: str,
    quote: Quote,
    book: Book | None,
    instrument: Instrument,
    policy: Policy,
    now_ms: int,
    taken_lots: int = 0,
) -> Executed | Denied:
    """Close one whole position by market order, whatever the account's status: what a standing exit does.

    Denied without a position or without a believable price; a bad book is left aside.
    """
    position = state.position(symbol)
    if position is None:
        return Denied(DenyReason.NO_POSITION, f"there is no position in {symbol}")
    problem = prices.quote_problem(quote, policy, now_ms)
    if problem is not None:
        return problem
    books = {} if book is None else {symbol: book}
    floor = Floor({symbol: quote}, books, {symbol: instrument}, policy, now_ms, {symbol: taken_lots})
    return sell_out(state, position, floor)


def close_all(
    *,
    state: AccountState,
    marks: Mapping[str, Quote],
    books: Mapping[str, Book],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
    taken_lots: Mapping[str, int] | None = None,
) -> tuple[Executed, ...] | Denied:
    """Close every position by market order, whatever the account's status; one result per asset, chained.

    Isolated positions come first, by symbol, then the cross ones, so that what the former release backs the latter.
    Denied, with nothing closed, while any position lacks a believable price. Nothing open gives ().
    """
    problem = prices.marks_problem(state, marks, instruments, policy, now_ms)
    if problem is not None:
        return problem
    floor = Floor(marks, books, instruments, policy, now_ms, taken_lots or {})
    results: list[Executed] = []
    for position in sorted(state.positions, key=lambda held: (not held.is_isolated, held.symbol)):
        results.append(sell_out(_state(state, results), position, floor))
    return tuple(results)


def settle_delisted(
    *, state: AccountState, symbol: str, quote: Quote, instrument: Instrument
) -> Executed | Denied:
    """Close a position of a delisted asset at the last accepted mark, however old, without an order or a fee."""
    position = state.position(symbol)
    if position is None:
        return Denied(DenyReason.NO_POSITION, f"there is no position in {symbol}")
    return give_up(state, position, quote, instrument, is_seized=False)


def liquidate(
    *,
    state: AccountState,
    marks: Mapping[str, Quote],
    books: Mapping[str, Book],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
    taken_lots: Mapping[str, int] | None = None,
) -> tuple[Executed, ...] | Denied:
    """Liquidate what has less behind it than its maintenance margin; Denied when nothing has.

    Isolated positions come first, by symbol, each on its own; then the cross positions, largest first, until what
    is left covers its maintenance. Each position is dealt with once a call. Results are chained, in that order.
    Whether a large one goes in part or whole is told by the parts taken before the call, not by those taken in it.
    """
    problem = prices.marks_problem(state, marks, instruments, policy, now_ms)
    if problem is not None:
        return problem
    floor = Floor(marks, books, instruments, policy, now_ms, taken_lots or {})
    since = NEVER_MS if state.partial_at_ms is None else now_ms - state.partial_at_ms
    results: list[Executed] = []
    for position in state.positions:
        if position.is_isolated:
            results += _relieve_isolated(_state(state, results), position, floor, since)
    results += _relieve_cross(_state(state, results), floor, since)
    if results:
        return tuple(results)
    return Denied(DenyReason.NOT_LIQUIDATABLE, "every margin covers its maintenance margin")


def _state(state: AccountState, results: Sequence[Executed]) -> AccountState:
    return results[-1].state_after if results else state


def _relieve_isolated(state: AccountState, position: Position, floor: Floor, since: int) -> list[Executed]:
    held, terms = held_of(position), terms_of(floor.instruments[position.symbol])
    mark = floor.marks[position.symbol].mark_micros
    reached = stage(margin.isolated_value(held, mark, terms), margin.required(held, mark, terms))
    if reached == COVERED:
        return []
    if reached == BACKSTOP:
        return [_backstop(state, position, floor)]
    return [_order(state, position, floor, since)]


def _relieve_cross(state: AccountState, floor: Floor, since: int) -> list[Executed]:
    crossed = [position for position in state.positions if not position.is_isolated]
    reached = _cross_stage(state, floor)
    results: list[Executed] = []
    if reached == BACKSTOP:
        for position in crossed:
            results.append(_backstop(_state(state, results), position, floor))
        return results
    exposures = [_exposure(position, floor) for position in crossed]
    while reached != COVERED and (place := largest(exposures)) >= 0:
        exposures[place] = 0
        results.append(_order(_state(state, results), crossed[place], floor, since))
        reached = _cross_stage(_state(state, results), floor)
    return results


def _cross_stage(state: AccountState, floor: Floor) -> int:
    totals = margin.total(state, floor.marks, floor.instruments)
    if margin.is_cross_breached(state.cash_micros, totals):
        return stage(cross_value(state.cash_micros, totals), totals.maintenance)
    return COVERED


def _exposure(position: Position, floor: Floor) -> int:
    terms = terms_of(floor.instruments[position.symbol])
    return abs(margin.worth(held_of(position), floor.marks[position.symbol].mark_micros, terms))


def _backstop(state: AccountState, position: Position, floor: Floor) -> Executed:
    symbol = position.symbol
    return give_up(state, position, floor.marks[symbol], floor.instruments[symbol], is_seized=True)


def _order(state: AccountState, position: Position, floor: Floor, since: int) -> Executed:
    whole = abs(position.size_lots)
    lots = lots_to_take(whole, _exposure(position, floor), since)
    if lots == whole:
        return sell_out(state, position, floor)
    marked = replace(state, partial_at_ms=floor.now_ms)
    return sell_out(marked, position, floor, lots=lots, cause=ExitCause.PARTIAL)
