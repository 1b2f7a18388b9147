"""Forced exits: close everything at market, on demand or because maintenance margin is gone."""

from collections.abc import Mapping

from apps.exchange import margin, prices
from apps.exchange.legs import fill_leg
from apps.exchange.types import (
    AccountState,
    Book,
    Denied,
    DenyReason,
    Executed,
    Instrument,
    LedgerKind,
    LedgerLine,
    Policy,
    Quote,
    Side,
)


def close_all(
    *,
    state: AccountState,
    marks: Mapping[str, Quote],
    books: Mapping[str, Book],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
) -> tuple[Executed, ...] | Denied:
    """Close every position by market order, whatever the account's status; one result per asset, chained.

    Denied, with nothing closed, while any position lacks a believable price. Nothing open gives ().
    A book that is absent, stale or not sane is left aside and the impact curve prices that asset.
    """
    problem = prices.marks_problem(state, marks, instruments, policy, now_ms)
    if problem is not None:
        return problem
    results = []
    for held in state.positions:
        quote = marks[held.symbol]
        book = prices.usable_book(books.get(held.symbol), held.symbol, policy, now_ms)
        if book is not None and prices.book_problem(book, quote, policy) is not None:
            book = None
        leg = fill_leg(
            state=state,
            side=Side(-1 if held.size_lots > 0 else 1),
            lots=abs(held.size_lots),
            leverage=None,
            taken_lots=0,
            instrument=instruments[held.symbol],
            quote=quote,
            book=book,
            policy=policy,
        )
        state = leg.state_after
        results.append(Executed((leg.fill,), held, None, leg.lines, state))
    return tuple(results)


def liquidate(
    *,
    state: AccountState,
    marks: Mapping[str, Quote],
    books: Mapping[str, Book],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
) -> tuple[Executed, ...] | Denied:
    """Close everything when account value is below maintenance margin; Denied otherwise.

    An account cannot owe: cash below zero afterwards is lifted to zero by an adjustment line on the last
    result, as the venue's backstop would take the position with its margin.
    """
    problem = prices.marks_problem(state, marks, instruments, policy, now_ms)
    if problem is not None:
        return problem
    margins = margin.measure(state, marks, instruments)
    value, needed = margins.account_value_micros, margins.maintenance_micros
    if not state.positions or value >= needed:
        return Denied(DenyReason.NOT_LIQUIDATABLE, f"account value {value} covers maintenance {needed}")
    results = close_all(
        state=state, marks=marks, books=books, instruments=instruments, policy=policy, now_ms=now_ms
    )
    if isinstance(results, Denied) or results[-1].state_after.cash_micros >= 0:
        return results
    return (*results[:-1], _absorb_debt(results[-1]))


def _absorb_debt(last: Executed) -> Executed:
    after = last.state_after
    line = LedgerLine(LedgerKind.ADJUSTMENT, -after.cash_micros)
    lifted = AccountState(after.status, 0, after.positions, after.actions_in_window, after.last_action_at_ms)
    return Executed(last.fills, last.position_before, last.position_after, (*last.lines, line), lifted)
