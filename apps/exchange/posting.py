"""From legs to what is recorded of them: fills with receipts, ledger lines, the account after."""

from dataclasses import dataclass, replace

from apps.exchange.fees import charged_rate
from apps.exchange.figures import Leg, Market
from apps.exchange.positions import replace_position
from apps.exchange.prices import believed_price
from apps.exchange.translate import depth_of, position_of, rules_of, terms_of
from apps.exchange.types import (
    AccountState,
    Book,
    Fill,
    Instrument,
    LedgerKind,
    LedgerLine,
    Policy,
    Quote,
    Side,
)


@dataclass(frozen=True, slots=True)
class Posted:
    """The fills of an order, their ledger lines, and the account after both."""

    fills: tuple[Fill, ...]
    lines: tuple[LedgerLine, ...]
    state_after: AccountState


def post(state: AccountState, legs: tuple[Leg, ...], quote: Quote, book: Book | None) -> Posted:
    """Post the legs of one order in the quote's asset, in order, to cash and to the position.

    The ledger lines account for the whole change of cash: realized profit where a leg closes, a fee always.
    """
    fills, lines, cash = [], [], state.cash_micros
    for leg in legs:
        fills.append(fill_of(leg, quote, book))
        if leg.closes:
            lines.append(LedgerLine(LedgerKind.REALIZED_PNL, leg.realized, quote.symbol))
        lines.append(LedgerLine(LedgerKind.FEE, -leg.fee, quote.symbol))
        cash += leg.realized - leg.fee
    after = AccountState(
        state.status,
        cash,
        replace_position(state.positions, quote.symbol, position_of(quote.symbol, legs[-1].after)),
        state.actions_in_window,
        state.last_action_at_ms,
        state.volume_micros,
        state.partial_at_ms,
    )
    return Posted(tuple(fills), tuple(lines), after)


def lift(posted: Posted, amount: int, symbol: str) -> Posted:
    """Add a correction line that lifts a debt; nothing where there is none to lift."""
    if amount == 0:
        return posted
    line, state = LedgerLine(LedgerKind.ADJUSTMENT, amount, symbol), posted.state_after
    after = replace(state, cash_micros=state.cash_micros + amount)
    return Posted(posted.fills, (*posted.lines, line), after)


def market_of(
    *,
    quote: Quote | None,
    book: Book | None,
    side: int,
    instrument: Instrument,
    policy: Policy,
    volume_micros: int,
    now_ms: int,
    taken_lots: int = 0,
) -> Market:
    """Return the figures of the place where an order of this side fills, the account's fee rate included."""
    rules = rules_of(policy)
    return Market(
        believed_price(quote, now_ms),
        depth_of(book, side),
        terms_of(instrument),
        rules,
        charged_rate(volume_micros, rules),
        taken_lots,
    )


def fill_of(leg: Leg, quote: Quote, book: Book | None) -> Fill:
    """Return the fill that a leg describes, citing the quote, and the book where it was walked."""
    priced = leg.priced
    return Fill(
        quote.symbol,
        Side(leg.side),
        leg.lots,
        priced.price,
        priced.notional,
        leg.fee,
        leg.realized,
        priced.mid,
        priced.half_spread,
        priced.walk,
        book.reference if priced.uses_book and book is not None else "",
        quote.reference,
        leg.leverage,
        bool(leg.is_isolated),
        leg.margin,
        leg.taken,
    )
