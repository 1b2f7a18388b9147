"""Funding: an hourly payment between longs and shorts, on the oracle price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from apps.exchange.figures import Held
from apps.exchange.rounding import RATE_SCALE, mul_div, mul_mul_div
from apps.exchange.translate import held_of
from apps.exchange.types import AccountState, Instrument, LedgerKind, LedgerLine, Position, Quote

INTEREST_E10 = 1_000_000
CLAMP_E10 = 5_000_000
HOURLY_CAP_E10 = 400_000_000
HOURS = 8
MAX_HOURS = 72
"""Hours charged in one go after a long silence."""


@dataclass(frozen=True, slots=True)
class Funded:
    """The funding lines of one hour and the account after them."""

    lines: tuple[LedgerLine, ...]
    state_after: AccountState


def payment(size_lots: int, oracle_micros: int, rate_e10: int, size_decimals: int) -> int:
    """Return what the holder pays this hour, in micro-dollars; negative means receives. One rounding."""
    return mul_mul_div(size_lots, oracle_micros, rate_e10, 10**size_decimals, RATE_SCALE)


def charge(held: Held, paid: int) -> Held:
    """Return the position after it paid its funding: an isolated one pays out of its margin."""
    return Held(held.size, held.cost, held.leverage, held.is_isolated, held.margin - paid * held.is_isolated)


def premium(impact_bid_micros: int, impact_ask_micros: int, oracle_micros: int) -> int:
    """Return the premium of the impact prices over the oracle, in 1e-10."""
    above = max(impact_bid_micros - oracle_micros, 0)
    below = max(oracle_micros - impact_ask_micros, 0)
    return mul_div(above - below, RATE_SCALE, oracle_micros)


def average_premium(premiums_e10: Sequence[int]) -> int:
    """Return the mean of an hour's samples in 1e-10, rounded once; zero without samples."""
    total = 0
    for sample in premiums_e10:
        total += sample
    return mul_div(total, 1, len(premiums_e10)) if len(premiums_e10) > 0 else 0


def rate_from_premium(premium_e10: int) -> int:
    """Return the hourly rate in 1e-10 of an hour's average premium, clamped and capped as the venue does."""
    pull = max(-CLAMP_E10, min(CLAMP_E10, INTEREST_E10 - premium_e10))
    hourly = mul_div(premium_e10 + pull, 1, HOURS)
    return max(-HOURLY_CAP_E10, min(HOURLY_CAP_E10, hourly))


def apply_funding(
    *, state: AccountState, marks: Mapping[str, Quote], instruments: Mapping[str, Instrument]
) -> Funded:
    """Pay one hour of funding on every open position, one ledger line each (none for a zero payment).

    An isolated position pays out of its margin, which is part of the cash: both move. Raises KeyError when a
    position has no quote: ask `prices.marks_problem` first.
    """
    lines: list[LedgerLine] = []
    after: list[Position] = []
    cash = state.cash_micros
    for position in state.positions:
        quote, symbol = marks[position.symbol], position.symbol
        decimals = instruments[symbol].size_decimals
        paid = payment(position.size_lots, quote.oracle_micros, quote.funding_rate_e10, decimals)
        if paid:
            lines.append(LedgerLine(LedgerKind.FUNDING, -paid, symbol))
            cash -= paid
        margin = charge(held_of(position), paid).margin
        after.append(
            replace(position, margin_micros=margin) if margin != position.margin_micros else position
        )
    return Funded(tuple(lines), replace(state, cash_micros=cash, positions=tuple(after)))
