"""One leg of an order: price it, charge it, post it to the position and to cash."""

from dataclasses import dataclass

from apps.exchange.fees import fee
from apps.exchange.fills import price_order
from apps.exchange.positions import apply_fill, replace_position
from apps.exchange.types import (
    AccountState,
    Book,
    Fill,
    Instrument,
    LedgerKind,
    LedgerLine,
    Policy,
    Position,
    Quote,
    Side,
)


@dataclass(frozen=True, slots=True)
class Leg:
    """A fill, its ledger lines, and the account after both."""

    fill: Fill
    lines: tuple[LedgerLine, ...]
    state_after: AccountState


def fill_leg(
    *,
    state: AccountState,
    side: Side,
    lots: int,
    leverage: int | None,
    taken_lots: int,
    instrument: Instrument,
    quote: Quote,
    book: Book | None,
    policy: Policy,
) -> Leg:
    """Fill one leg that grows (with a leverage) or shrinks (leverage None) the position in the asset.

    The ledger lines account for the whole change of cash: a fee line always, a realized line when closing.
    """
    symbol = instrument.symbol
    held = state.position(symbol)
    size, cost = (held.size_lots, held.cost_micros) if held is not None else (0, 0)
    order = price_order(
        side=side,
        lots=lots,
        held_lots=size,
        taken_lots=taken_lots,
        quote=quote,
        book=book,
        instrument=instrument,
        policy=policy,
    )
    charged = fee(order.notional_micros, policy.taker_fee_rate_e10)
    closing = size * side < 0
    size, cost, realized = apply_fill(size, cost, side, lots, order.notional_micros)
    kept = leverage if leverage is not None else (held.leverage if held is not None else 1)
    position = Position(symbol, size, cost, kept) if size else None
    lines: tuple[LedgerLine, ...] = (LedgerLine(LedgerKind.FEE, -charged, symbol),)
    if closing:
        lines = (LedgerLine(LedgerKind.REALIZED_PNL, realized, symbol), *lines)
    fill = Fill(
        symbol,
        side,
        lots,
        order.price_micros,
        order.notional_micros,
        charged,
        realized,
        order.mid_micros,
        order.half_spread_micros,
        order.walk_micros,
        order.book_reference,
        quote.reference,
    )
    after = AccountState(
        state.status,
        state.cash_micros + realized - charged,
        replace_position(state.positions, symbol, position),
        state.actions_in_window,
        state.last_action_at_ms,
    )
    return Leg(fill, lines, after)
