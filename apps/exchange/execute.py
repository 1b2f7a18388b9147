"""From an intent to its consequence: gates, fills, position, ledger, standing exits. Same inputs, same bytes.

The rules are in `trade`, over bare integers; this is its shell, which holds the names of things.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from apps.exchange import figures, prices
from apps.exchange.figures import (
    NEVER_MS,
    NOTHING,
    SET_STOP,
    Account,
    Facts,
    Held,
    Market,
    Order,
    Totals,
    Traded,
)
from apps.exchange.gates import denied
from apps.exchange.gates.request import may_grow
from apps.exchange.positions import replace_position
from apps.exchange.posting import Posted, lift, market_of, post
from apps.exchange.standing import asked_exits
from apps.exchange.totals import add_position
from apps.exchange.trade import ends_exits, trade
from apps.exchange.translate import held_of, order_of, terms_of
from apps.exchange.types import (
    ACTIVE,
    REDUCE_ONLY,
    AccountState,
    ActionKind,
    Book,
    Denied,
    Executed,
    Instrument,
    OrderIntent,
    Policy,
    Position,
    Question,
    Quote,
    TradingMode,
    Trigger,
)

STATUSES = {ACTIVE: figures.ACTIVE, REDUCE_ONLY: figures.REDUCING}
MODES = dict(zip(TradingMode, (figures.ACTIVE, figures.REDUCING, figures.STOPPED), strict=True))


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
    halt: TradingMode = TradingMode.ACTIVE,
    standing: int = 0,
) -> Executed | Denied:
    """Execute one intent whole or deny it; never raises on a denial and never fills in part.

    `marks` and `instruments` must cover the other open positions. `taken_lots` is what this account already
    took from the same side of the same book snapshot, `standing` how many standing exits the asset has. The order
    is a taker order; a flip closes and opens.
    """
    asked = figures_of(
        Question(
            state=state,
            intent=intent,
            instrument=instrument,
            quote=quote,
            book=book,
            marks=marks,
            instruments=instruments,
            policy=policy,
            now_ms=now_ms,
            taken_lots=taken_lots,
            halt=halt,
            standing=standing,
        )
    )
    return answer(asked, settle(asked))


class Asked(NamedTuple):
    """A question as the figures that `trade` takes, with the book that it may walk and the names of things."""

    order: Order
    account: Account
    held: Held
    market: Market
    facts: Facts
    book: Book | None
    question: Question


def figures_of(question: Question) -> Asked:
    """Return the figures of a question."""
    state, intent, quote, policy = question.state, question.intent, question.quote, question.policy
    instrument, now_ms = question.instrument, question.now_ms
    order = order_of(intent)
    grows, held = may_grow(order), held_of(state.position(intent.symbol))
    find_book = prices.usable_book if grows else prices.walkable_book
    book = find_book(question.book, intent.symbol, policy, now_ms)
    rest = replace_position(state.positions, intent.symbol, None)
    others = _totals(rest, question.marks, question.instruments, policy, now_ms)
    account = _account(state, rest, others or NOTHING, MODES[question.halt], now_ms)
    side = order.side if grows or held.size == 0 else -1 if held.size > 0 else 1
    market = market_of(
        quote=quote,
        book=book,
        side=side,
        instrument=instrument,
        policy=policy,
        volume_micros=state.volume_micros,
        now_ms=now_ms,
        taken_lots=question.taken_lots,
    )
    facts = Facts(
        int(intent.symbol == instrument.symbol and (quote is None or quote.symbol == intent.symbol)),
        int(intent.symbol in policy.allowed_symbols),
        int(others is not None),
        int(book is None or quote is None or _is_sane(book, quote, policy)),
        question.standing,
    )
    return Asked(order, account, held, market, facts, book, question)


def settle(asked: Asked) -> Traded:
    """Execute what was asked whole or refuse it, in figures."""
    return trade(asked.order, asked.account, asked.held, asked.market, asked.facts)


def answer(asked: Asked, traded: Traded) -> Executed | Denied:
    """Return what the figures of a settled question mean."""
    order, _, held, market, _, book, question = asked
    state, intent, quote, now_ms = question.state, question.intent, question.quote, question.now_ms
    if traded.row[0]:
        return denied(traded.row, intent.symbol)
    grows = may_grow(order)
    facing = order.side if grows else 1 if held.size > 0 else -1
    exits = asked_exits(intent, market, facing, now_ms) if grows or order.kind >= SET_STOP else ()
    if quote is None or order.kind >= SET_STOP:
        return _standing_only(state, intent, exits)
    counted = replace(state, actions_in_window=state.actions_in_window + 1, last_action_at_ms=now_ms)
    legs = tuple(leg for leg in (traded.close, traded.open) if leg.lots)
    posted = lift(post(counted, legs, quote, book), traded.lifted, intent.symbol)
    return _ordered(state, posted, intent.symbol, exits)


def _ordered(before: AccountState, posted: Posted, symbol: str, exits: tuple[Trigger, ...]) -> Executed:
    """The consequence of an order that filled; the asset's older exits end with a position that ended or turned."""
    was, left = before.position(symbol), posted.state_after.position(symbol)
    return Executed(
        fills=posted.fills,
        position_before=was,
        position_after=left,
        lines=posted.lines,
        state_after=posted.state_after,
        triggers=exits,
        cancels_triggers=bool(ends_exits(held_of(was), held_of(left))),
    )


def _standing_only(state: AccountState, intent: OrderIntent, exits: tuple[Trigger, ...]) -> Executed:
    """Setting or cancelling exits is no order: no fill, and nothing on the count of actions."""
    position = state.position(intent.symbol)
    return Executed(
        fills=(),
        position_before=position,
        position_after=position,
        lines=(),
        state_after=state,
        triggers=exits,
        cancels_triggers=intent.kind == ActionKind.CANCEL,
    )


def _is_sane(book: Book, quote: Quote, policy: Policy) -> bool:
    return prices.is_ordered(book) and prices.is_near(book, quote, policy)


def _account(
    state: AccountState, rest: tuple[Position, ...], others: Totals, mode: int, now_ms: int
) -> Account:
    last = state.last_action_at_ms
    return Account(
        STATUSES.get(state.status, figures.STOPPED),
        mode,
        state.cash_micros,
        state.actions_in_window,
        NEVER_MS if last is None else now_ms - last,
        others,
        sum(not position.is_isolated for position in rest),
        sum(position.margin_micros for position in rest),
    )


def _totals(
    positions: tuple[Position, ...],
    marks: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
) -> Totals | None:
    """Return the totals of positions; None while one of them has no believable price."""
    if prices.positions_problem(positions, marks, instruments, policy, now_ms) is not None:
        return None
    totals = NOTHING
    for position in positions:
        mark = marks[position.symbol].mark_micros
        totals = add_position(totals, held_of(position), mark, terms_of(instruments[position.symbol]))
    return totals
