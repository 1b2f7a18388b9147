"""One forced exit: how much of a position goes, at what price, and who bears what its margin cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from apps.exchange import prices
from apps.exchange.figures import Held, Leg, Market, Priced, Terms
from apps.exchange.legs import shrink_leg
from apps.exchange.positions import move
from apps.exchange.posting import Posted, market_of, post
from apps.exchange.precision import DOLLAR
from apps.exchange.rounding import BPS_SCALE, mul_div, mul_divmod
from apps.exchange.translate import held_of, terms_of
from apps.exchange.types import (
    AccountState,
    Book,
    Executed,
    ExitCause,
    Instrument,
    LedgerKind,
    LedgerLine,
    Policy,
    Position,
    Quote,
)

COVERED, MARKET, BACKSTOP = range(3)
LARGE_MICROS = 100_000 * DOLLAR
"""A position above this is liquidated in parts."""
PARTS = 5
PAUSE_MS = 30_000
"""For so long after a part was taken, a liquidation takes the whole."""


def stage(value: int, required: int) -> int:
    """Return what happens to positions with this much behind them: nothing, market orders, or the backstop.

    The backstop takes over below two thirds of the maintenance margin.
    """
    if value >= required:
        return COVERED
    return BACKSTOP if 3 * value < 2 * required else MARKET


def lots_to_take(lots: int, exposure: int, since_part_ms: int) -> int:
    """Return how many of a position's lots one liquidation order takes; `exposure` is its unsigned notional.

    `since_part_ms` is the time since an order last took a part: within the pause, whatever its size, the whole goes.
    """
    if exposure <= LARGE_MICROS or since_part_ms <= PAUSE_MS:
        return lots
    return -(-lots // PARTS)


def largest(exposures: Sequence[int]) -> int:
    """Return the place of the largest positive number, the first of equal ones; -1 where none is positive."""
    place, most = -1, 0
    for index in range(len(exposures)):
        if exposures[index] > most:
            place, most = index, exposures[index]
    return place


def hand_over_leg(held: Held, mark: int, terms: Terms) -> Leg:
    """Return the leg by which a whole position leaves at the mark: no order, no spread and no fee."""
    side, lots, mode = -1 if held.size > 0 else 1, abs(held.size), held.is_isolated
    value = mul_div(mark, lots, terms.scale)
    moved = move(held, Held(side * lots, side * value, held.leverage, mode, 0))
    priced = Priced(mark, value, mark, 0, 0, 0)
    return Leg(side, lots, priced, 0, moved.realized, 1, held.leverage, mode, moved.margin, 0, moved.held)


def forced_leg(held: Held, lots: int, market: Market) -> Leg:
    """Return the leg of a forced market order: until it is flat, an isolated position keeps all its margin.

    The profit or loss of a part and its fee go to the margin too, so that the part relieves what is left.
    """
    leg = shrink_leg(held, lots, market)
    if held.is_isolated == 0 or leg.after.size == 0:
        return leg
    change, kept = leg.realized - leg.fee, leg.after
    return Leg(
        leg.side,
        leg.lots,
        leg.priced,
        leg.fee,
        leg.realized,
        leg.closes,
        leg.leverage,
        leg.is_isolated,
        change,
        leg.taken,
        Held(kept.size, kept.cost, kept.leverage, kept.is_isolated, held.margin + change),
    )


def correction(left: int, is_seized: int) -> int:
    """Return what must be posted to what is left of a margin: a debt is lifted, and the backstop keeps the rest."""
    return -left if left < 0 or is_seized else 0


def is_drawn_down(base: int, equity: int, limit_bps: int) -> int:
    """Return 1 when equity has fallen from its base by the limit, in basis points of the base; 0 is no limit."""
    if base <= 0 or limit_bps <= 0:
        return 0
    least, rest = mul_divmod(base, limit_bps, BPS_SCALE)
    return 1 if base - equity >= least + (1 if rest else 0) else 0


@dataclass(frozen=True, slots=True)
class Floor:
    """Where forced exits are carried out; `taken_lots` by asset were taken before from the book side an exit walks."""

    marks: Mapping[str, Quote]
    books: Mapping[str, Book]
    instruments: Mapping[str, Instrument]
    policy: Policy
    now_ms: int
    taken_lots: Mapping[str, int] = field(default_factory=dict)

    def book(self, symbol: str) -> Book | None:
        """Return the asset's book, or None where it is absent, stale or corrupt: the impact curve prices then."""
        return prices.walkable_book(self.books.get(symbol), symbol, self.policy, self.now_ms)


def sell_out(
    state: AccountState,
    position: Position,
    floor: Floor,
    *,
    lots: int = 0,
    cause: ExitCause = ExitCause.MARKET,
) -> Executed:
    """Shrink a position by a market order over so many lots (all of them when 0), whatever the account's status."""
    held, symbol = held_of(position), position.symbol
    quote, book = floor.marks[symbol], floor.book(symbol)
    market = market_of(
        quote=quote,
        book=book,
        side=-1 if held.size > 0 else 1,
        instrument=floor.instruments[symbol],
        policy=floor.policy,
        volume_micros=state.volume_micros,
        now_ms=floor.now_ms,
        taken_lots=floor.taken_lots.get(symbol, 0),
    )
    leg = forced_leg(held, lots or abs(held.size), market)
    return _settle(position, leg, post(state, (leg,), quote, book), cause)


def give_up(
    state: AccountState, position: Position, quote: Quote, instrument: Instrument, *, is_seized: bool
) -> Executed:
    """Take a whole position away at the mark, free of charge; seized, what is left of its margin goes with it.

    The margin of a cross position is that of the whole cross side, which goes with the last of its positions.
    """
    leg = hand_over_leg(held_of(position), quote.mark_micros, terms_of(instrument))
    cause = ExitCause.BACKSTOP if is_seized else ExitCause.MARKET
    return _settle(position, leg, post(state, (leg,), quote, None), cause)


def _settle(before: Position, leg: Leg, posted: Posted, cause: ExitCause) -> Executed:
    """Add the line by which nobody owes more than the margin, and the backstop keeps what is left of it.

    An isolated position that is gone may cost no more than its margin (a part of one moves its margin alone), and
    the cross side, once it holds nothing, not more than its cash.
    """
    after = posted.state_after
    if before.is_isolated:
        left = leg.realized - leg.fee - leg.margin
    elif any(not held.is_isolated for held in after.positions):
        left = 0
    else:
        left = after.cash_micros - sum(held.margin_micros for held in after.positions)
    amount = correction(left, int(cause is ExitCause.BACKSTOP))
    lines = tuple(line for line in posted.lines if line.amount_micros)
    if amount:
        kind = LedgerKind.ADJUSTMENT if amount > 0 else LedgerKind.BACKSTOP
        lines = (*lines, LedgerLine(kind, amount, before.symbol))
        after = replace(after, cash_micros=after.cash_micros + amount)
    remaining = after.position(before.symbol)
    return Executed(
        fills=posted.fills,
        position_before=before,
        position_after=remaining,
        lines=lines,
        state_after=after,
        cancels_triggers=remaining is None,
        exit_cause=cause,
    )
