"""From an intent to its consequence: gates, fill, position, ledger. Same inputs, same bytes."""

from collections.abc import Mapping

from apps.exchange.gates import (
    ORDER_GATES,
    REQUEST_GATES,
    RESULT_GATES,
    SHRINKING,
    Case,
    first_denial,
    plan_order,
)
from apps.exchange.legs import Leg, fill_leg
from apps.exchange.margin import measure
from apps.exchange.prices import usable_book
from apps.exchange.types import (
    AccountState,
    ActionKind,
    Book,
    Denied,
    DenyReason,
    Executed,
    Instrument,
    OrderIntent,
    Policy,
    Quote,
    Side,
)


def execute(
    *,
    state: AccountState,
    intent: OrderIntent,
    instrument: Instrument,
    quote: Quote | None,
    book: Book | None,
    marks: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
    taken_lots: int = 0,
) -> Executed | Denied:
    """Execute one intent whole or deny it; never raises on a denial and never fills in part.

    `marks` and `instruments` must cover the other open positions. `taken_lots` is what this account already
    took from the same side of the same book snapshot. The order is a taker order; a flip closes and opens.
    """
    shrinks = intent.kind in SHRINKING or (intent.reduce_only and intent.kind != ActionKind.FLIP)
    case = Case(
        state=state,
        intent=intent,
        instrument=instrument,
        quote=quote,
        book=usable_book(book, intent.symbol, policy, now_ms),
        marks=_with_quote(marks, quote),
        instruments=_with_instrument(instruments, instrument),
        policy=policy,
        now_ms=now_ms,
        held=state.position(intent.symbol),
        grows=not shrinks,
    )
    denial = first_denial(REQUEST_GATES, case)
    if denial is not None:
        return denial
    if quote is None:
        return Denied(DenyReason.PRICE_MISSING, "there is no price for the asset")
    plan_order(case, quote.mark_micros)
    denial = first_denial(ORDER_GATES, case)
    if denial is not None:
        return denial
    legs = _fill_legs(case, quote, taken_lots)
    last = legs[-1].state_after
    case.fills = tuple(leg.fill for leg in legs)
    case.after = AccountState(
        last.status, last.cash_micros, last.positions, state.actions_in_window + 1, now_ms
    )
    if case.grows:
        case.margins = measure(case.after, case.marks, case.instruments)
    denial = first_denial(RESULT_GATES, case)
    if denial is not None:
        return denial
    return Executed(
        fills=case.fills,
        position_before=case.held,
        position_after=case.after.position(intent.symbol),
        lines=tuple(line for leg in legs for line in leg.lines),
        state_after=case.after,
    )


def _fill_legs(case: Case, quote: Quote, taken_lots: int) -> list[Leg]:
    held = case.held
    side = case.intent.side if held is None or case.close_lots == 0 else Side(-1 if held.size_lots > 0 else 1)
    legs: list[Leg] = []
    state = case.state
    for lots, leverage in ((case.close_lots, None), (case.open_lots, case.intent.leverage)):
        if lots == 0:
            continue
        leg = fill_leg(
            state=state,
            side=side,
            lots=lots,
            leverage=leverage,
            taken_lots=taken_lots,
            instrument=case.instrument,
            quote=quote,
            book=case.book,
            policy=case.policy,
        )
        legs.append(leg)
        state = leg.state_after
        taken_lots += lots
    return legs


def _with_quote(marks: Mapping[str, Quote], quote: Quote | None) -> Mapping[str, Quote]:
    if quote is None or marks.get(quote.symbol) is quote:
        return marks
    return {**marks, quote.symbol: quote}


def _with_instrument(
    instruments: Mapping[str, Instrument], instrument: Instrument
) -> Mapping[str, Instrument]:
    if instruments.get(instrument.symbol) is instrument:
        return instruments
    return {**instruments, instrument.symbol: instrument}
