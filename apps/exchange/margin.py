"""Margin: what backs the positions of an account, what they need, and the mark at which that is no longer so."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.exchange.figures import NOTHING, Held, Terms, Totals
from apps.exchange.rounding import mul_div
from apps.exchange.tiers import maintenance, max_leverage
from apps.exchange.totals import add_position, cross_value, equity
from apps.exchange.translate import held_of, terms_of
from apps.exchange.types import AccountState, Instrument, Quote


@dataclass(frozen=True, slots=True)
class Margins:
    """An account valued at the marks, in micro-dollars.

    Account value, initial and maintenance margin are those of the cross side: cash that backs no isolated position,
    and the cross positions. Equity, profit and exposure are those of the whole account; net is longs less shorts.
    """

    account_value_micros: int
    equity_micros: int
    unrealized_micros: int
    exposure_micros: int
    net_exposure_micros: int
    initial_micros: int
    maintenance_micros: int
    isolated_margin_micros: int
    isolated_maintenance_micros: int


def worth(held: Held, mark: int, terms: Terms) -> int:
    """Return the signed value of a position at a mark."""
    return mul_div(mark, held.size, terms.scale)


def isolated_value(held: Held, mark: int, terms: Terms) -> int:
    """Return what backs an isolated position: its margin and its open profit."""
    return held.margin + worth(held, mark, terms) - held.cost


def required(held: Held, mark: int, terms: Terms) -> int:
    """Return the maintenance margin of a position at a mark."""
    return maintenance(abs(worth(held, mark, terms)), terms)


def is_isolated_breached(held: Held, mark: int, terms: Terms) -> int:
    """Return 1 when an isolated position has less behind it than its maintenance margin."""
    if held.is_isolated and isolated_value(held, mark, terms) < required(held, mark, terms):
        return 1
    return 0


def is_cross_breached(cash: int, totals: Totals) -> int:
    """Return 1 when the cross side is worth less than the maintenance margin of its positions."""
    return 1 if totals.maintenance > 0 and cross_value(cash, totals) < totals.maintenance else 0


def breaking_mark(held: Held, mark: int, backing: int, terms: Terms) -> int:
    """Return the mark at which what backs a position equals its maintenance margin; 0 when no positive one does.

    `backing` is what stands behind it at the present mark: isolated margin with the profit, or the cross value less
    the maintenance of the others. The tier is the one at the resulting price: what is needed grows ever faster with
    size, so the highest tier whose own solution lies within or above it holds the answer.
    """
    side = 1 if held.size > 0 else -1
    value = abs(worth(held, mark, terms))
    lots = abs(held.size)
    for below in range(len(terms.bounds)):
        tier = len(terms.bounds) - 1 - below
        double = 2 * terms.leverages[tier]
        parts = double - side
        weight = value - side * (backing + terms.cuts[tier])
        if weight > 0 and (tier == 0 or mul_div(weight, double, parts) >= terms.bounds[tier]):
            return mul_div(weight, double * terms.scale, lots * parts)
    return 0


def total(state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]) -> Totals:
    """Add up the account's positions at the marks. Raises KeyError when a position has no mark."""
    totals = NOTHING
    for position in state.positions:
        terms = terms_of(instruments[position.symbol])
        totals = add_position(totals, held_of(position), marks[position.symbol].mark_micros, terms)
    return totals


def measure(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> Margins:
    """Value the account at the marks in one pass. Raises KeyError when a position has no mark.

    Ask `prices.marks_problem` first when the marks may be missing or bad.
    """
    totals = total(state, marks, instruments)
    return Margins(
        account_value_micros=cross_value(state.cash_micros, totals),
        equity_micros=equity(state.cash_micros, totals),
        unrealized_micros=totals.unrealized,
        exposure_micros=totals.exposure,
        net_exposure_micros=totals.net,
        initial_micros=totals.initial,
        maintenance_micros=totals.maintenance,
        isolated_margin_micros=totals.isolated_margin,
        isolated_maintenance_micros=totals.isolated_maintenance,
    )


def is_liquidatable(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> bool:
    """Tell whether the cross side or an isolated position is worth less than its maintenance margin."""
    for position in state.positions:
        mark, terms = marks[position.symbol].mark_micros, terms_of(instruments[position.symbol])
        if is_isolated_breached(held_of(position), mark, terms):
            return True
    return bool(is_cross_breached(state.cash_micros, total(state, marks, instruments)))


def liquidation_price(
    state: AccountState, symbol: str, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> int | None:
    """Return the mark at which the position liquidates if only this asset moves, with the rest of the cross side.

    None when flat in the asset or when no positive price would do it.
    """
    position = state.position(symbol)
    if position is None:
        return None
    held, terms, mark = held_of(position), terms_of(instruments[symbol]), marks[symbol].mark_micros
    if position.is_isolated:
        backing = isolated_value(held, mark, terms)
    else:
        totals = total(state, marks, instruments)
        others = totals.maintenance - required(held, mark, terms)
        backing = cross_value(state.cash_micros, totals) - others
    return breaking_mark(held, mark, backing, terms) or None


def max_leverage_at(notional_micros: int, instrument: Instrument) -> int:
    """Return the highest leverage the asset's tiers allow for a position of this notional."""
    return max_leverage(notional_micros, terms_of(instrument))
