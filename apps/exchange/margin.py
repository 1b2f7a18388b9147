"""Cross margin: account value, initial and tiered maintenance margin, liquidation price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.exchange.rounding import mul_div, notional
from apps.exchange.types import AccountState, Instrument, Position, Quote


@dataclass(frozen=True, slots=True)
class Margins:
    """An account valued at the marks, in micro-dollars."""

    account_value_micros: int
    unrealized_micros: int
    exposure_micros: int
    initial_micros: int
    maintenance_micros: int


def deductions(lower_bounds: Sequence[int], leverages: Sequence[int]) -> list[int]:
    """Return each tier's maintenance deduction: it makes the requirement continuous over the tiers."""
    result = [0]
    for index in range(1, len(lower_bounds)):
        low, high = leverages[index], leverages[index - 1]
        result.append(result[-1] + mul_div(lower_bounds[index], high - low, 2 * low * high))
    return result


def maintenance(notional_micros: int, lower_bounds: Sequence[int], leverages: Sequence[int]) -> int:
    """Return the maintenance margin of one position: half its initial margin at maximum leverage, by tier."""
    tier = 0
    for index in range(1, len(lower_bounds)):
        if notional_micros >= lower_bounds[index]:
            tier = index
    required = mul_div(notional_micros, 1, 2 * leverages[tier])
    return required - deductions(lower_bounds, leverages)[tier] if tier else required


def tier_columns(instrument: Instrument) -> tuple[list[int], list[int]]:
    """Return the tiers as two columns of integers; an instrument without tiers has one."""
    if not instrument.tiers:
        return [0], [instrument.max_leverage]
    return (
        [tier.lower_bound_micros for tier in instrument.tiers],
        [tier.max_leverage for tier in instrument.tiers],
    )


def max_leverage_at(notional_micros: int, instrument: Instrument) -> int:
    """Return the highest leverage the asset's tiers allow for a position of this notional."""
    allowed = instrument.max_leverage
    for tier in instrument.tiers:
        if notional_micros >= tier.lower_bound_micros:
            allowed = min(allowed, tier.max_leverage)
    return allowed


def position_maintenance(value_micros: int, instrument: Instrument) -> int:
    """Return the maintenance margin of an unsigned notional of the instrument."""
    bounds, leverages = tier_columns(instrument)
    return maintenance(value_micros, bounds, leverages)


def measure(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> Margins:
    """Value the account at the marks in one pass. Raises KeyError when a position has no mark.

    Ask `prices.marks_problem` first when the marks may be missing or bad.
    """
    open_profit = exposure = initial = required = 0
    for held in state.positions:
        instrument = instruments[held.symbol]
        value = notional(marks[held.symbol].mark_micros, held.size_lots, instrument.size_decimals)
        size = abs(value)
        open_profit += value - held.cost_micros
        exposure += size
        initial += mul_div(size, 1, held.leverage)
        required += position_maintenance(size, instrument)
    return Margins(state.cash_micros + open_profit, open_profit, exposure, initial, required)


def account_value(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> int:
    """Return cash plus unrealized profit at the marks."""
    return measure(state, marks, instruments).account_value_micros


def initial_margin(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> int:
    """Return the sum over positions of notional at the mark divided by chosen leverage."""
    return measure(state, marks, instruments).initial_micros


def maintenance_margin(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> int:
    """Return the sum of the tiered maintenance margins of all positions."""
    return measure(state, marks, instruments).maintenance_micros


def is_liquidatable(
    state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> bool:
    """Tell whether account value has fallen below the maintenance margin of the open positions."""
    margins = measure(state, marks, instruments)
    return bool(state.positions) and margins.account_value_micros < margins.maintenance_micros


def solve_liquidation(
    size_lots: int,
    value_micros: int,
    free_micros: int,
    size_decimals: int,
    tiers: tuple[Sequence[int], Sequence[int]],
) -> int | None:
    """Return the mark at which what backs a position equals its maintenance margin, or None if never.

    `value_micros` is the unsigned notional at the present mark, `free_micros` what backs the position there:
    isolated margin with its profit, or account value less the maintenance of the others. The tier is the one
    at the liquidation price.
    """
    bounds, leverages = tiers
    cuts = deductions(bounds, leverages)
    lots, scale = abs(size_lots), 10**size_decimals
    side = 1 if size_lots > 0 else -1
    for tier in range(len(bounds) - 1, -1, -1):
        double = 2 * leverages[tier]
        weight = (value_micros - side * (free_micros + cuts[tier])) * double
        parts = double - side
        if weight <= 0:
            continue
        if tier == 0 or weight >= bounds[tier] * parts:
            return mul_div(weight, scale, lots * parts)
    return None


def liquidation_price(
    state: AccountState, symbol: str, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> int | None:
    """Return the mark at which the cross-margined account liquidates if only this asset moves.

    None when flat in the asset or when no positive price would do it.
    """
    held: Position | None = state.position(symbol)
    if held is None:
        return None
    instrument = instruments[symbol]
    margins = measure(state, marks, instruments)
    value = abs(notional(marks[symbol].mark_micros, held.size_lots, instrument.size_decimals))
    others = margins.maintenance_micros - position_maintenance(value, instrument)
    free = margins.account_value_micros - others
    return solve_liquidation(held.size_lots, value, free, instrument.size_decimals, tier_columns(instrument))
