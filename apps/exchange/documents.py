"""The exchange's values as plain JSON and back: integers whole, lists where tuples stood, names as the fields have them.

What many questions share (policy, instruments, a book) may be written as a pointer, `{"digest": ...}`, and put back
with `whole` before the question is asked again. What comes in numbers (positions, the marks of other assets, levels of
a book) is written as rows, whose columns are `POSITION_COLUMNS` and `QUOTE_COLUMNS`, price and lots.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from apps.exchange.types import (
    AccountState,
    ActionKind,
    Book,
    BookLevel,
    Denied,
    Executed,
    Fill,
    Instrument,
    LedgerLine,
    MarginTier,
    OrderIntent,
    Policy,
    Position,
    Question,
    Quote,
    Side,
    TradingMode,
    Trigger,
)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """Digests of what many questions have in common, for whoever keeps those values elsewhere.

    `terms` are the instruments' by symbol. An empty digest, or a symbol without one, stays written out.
    """

    policy: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    book: str = ""


_NOT_SHARED = Shared()


def to_document(question: Question, shared: Shared = _NOT_SHARED) -> Document:
    """Return a question as plain JSON: all that the answer hangs on, and of the marks only those of open positions."""
    instrument, book, state = question.instrument, question.book, question.state
    others = sorted({held.symbol for held in state.positions if held.symbol != question.intent.symbol})
    return {
        "state": state_document(state),
        "intent": intent_document(question.intent),
        "instrument": _instrument(instrument, shared),
        "quote": None if question.quote is None else quote_document(question.quote),
        "book": None if book is None else _book(book, shared),
        "marks": {name: _row(question.marks[name]) for name in others if name in question.marks},
        "instruments": {
            name: _instrument(question.instruments[name], shared)
            for name in others
            if name in question.instruments
        },
        "policy": {"digest": shared.policy} if shared.policy else question.policy.to_document(),
        "now_ms": question.now_ms,
        "taken_lots": question.taken_lots,
        "halt": question.halt.value,
        "standing": question.standing,
    }


def from_document(document: Mapping[str, Any]) -> Question:
    """Return the question that `to_document` wrote down whole; raises ValueError, TypeError or KeyError for others."""
    quote, book = document["quote"], document["book"]
    return Question(
        state=_state_of(document["state"]),
        intent=intent_of(document["intent"]),
        instrument=instrument_of(document["instrument"]),
        quote=None if quote is None else Quote(**quote),
        book=None if book is None else book_of(book),
        marks={name: Quote(*row) for name, row in document["marks"].items()},
        instruments={name: instrument_of(each) for name, each in document["instruments"].items()},
        policy=Policy.from_document(document["policy"]),
        now_ms=document["now_ms"],
        taken_lots=document["taken_lots"],
        halt=TradingMode(document["halt"]),
        standing=document["standing"],
    )


def whole(document: Mapping[str, Any], find: Callable[[str, Document], Document]) -> Document:
    """Return a question's document with every pointer replaced by what it points at.

    `find` is given "policy", "terms" or "book" and the pointer: its digest, and a book's reference as well.
    """

    def put(kind: str, value: Any) -> Any:
        return find(kind, value) if value is not None and "digest" in value else value

    return {
        **document,
        "policy": put("policy", document["policy"]),
        "instrument": put("terms", document["instrument"]),
        "instruments": {name: put("terms", each) for name, each in document["instruments"].items()},
        "book": put("book", document["book"]),
    }


def intent_document(intent: OrderIntent) -> Document:
    """Return an intent as plain JSON."""
    return {**_plain(intent), "kind": intent.kind.value, "side": int(intent.side)}


def intent_of(document: Mapping[str, Any]) -> OrderIntent:
    """Return the intent that `intent_document` wrote down."""
    return OrderIntent(**{**document, "kind": ActionKind(document["kind"]), "side": Side(document["side"])})


def instrument_document(instrument: Instrument) -> Document:
    """Return an instrument as plain JSON."""
    tiers = [[tier.lower_bound_micros, tier.max_leverage] for tier in instrument.tiers]
    return {**_plain(instrument), "tiers": tiers}


def instrument_of(document: Mapping[str, Any]) -> Instrument:
    """Return the instrument that `instrument_document` wrote down."""
    tiers = tuple(MarginTier(bound, leverage) for bound, leverage in document["tiers"])
    return Instrument(**{**document, "tiers": tiers})


def quote_document(quote: Quote) -> Document:
    """Return a quote as plain JSON."""
    return _plain(quote)


def book_document(book: Book) -> Document:
    """Return a book as plain JSON, each level as price and lots."""
    return {
        **_plain(book),
        "bids": [[level.price_micros, level.size_lots] for level in book.bids],
        "asks": [[level.price_micros, level.size_lots] for level in book.asks],
    }


def book_of(document: Mapping[str, Any]) -> Book:
    """Return the book that `book_document` wrote down."""
    sides = {name: tuple(BookLevel(*level) for level in document[name]) for name in ("bids", "asks")}
    return Book(**{**document, **sides})


def state_document(state: AccountState) -> Document:
    """Return an account's state as plain JSON."""
    return {**_plain(state), "positions": [_row(held) for held in state.positions]}


def outcome_document(outcome: Executed | Denied) -> Document:
    """Return what came of an order as plain JSON, under "executed" or "denied".

    The state after is told without its positions: all but the order's, which stands beside it, are as they were asked.
    """
    if isinstance(outcome, Denied):
        return {"denied": {"reason": outcome.reason.value, "detail": outcome.detail}}
    before, after = outcome.position_before, outcome.position_after
    return {
        "executed": {
            "fills": [_fill(each) for each in outcome.fills],
            "position_before": None if before is None else _plain(before),
            "position_after": None if after is None else _plain(after),
            "lines": [_line(each) for each in outcome.lines],
            "state_after": {
                name: value for name, value in _plain(outcome.state_after).items() if name != "positions"
            },
            "triggers": [_trigger(each) for each in outcome.triggers],
            "cancels_triggers": outcome.cancels_triggers,
            "exit_cause": None if outcome.exit_cause is None else outcome.exit_cause.value,
        }
    }


def _state_of(document: Mapping[str, Any]) -> AccountState:
    return AccountState(**{**document, "positions": tuple(Position(*row) for row in document["positions"])})


def _instrument(instrument: Instrument, shared: Shared) -> Document:
    digest = shared.terms.get(instrument.symbol)
    return {"digest": digest} if digest else instrument_document(instrument)


def _book(book: Book, shared: Shared) -> Document:
    if shared.book:
        return {"digest": shared.book, "reference": book.reference}
    return book_document(book)


def _fill(fill: Fill) -> Document:
    return {**_plain(fill), "side": int(fill.side)}


def _line(line: LedgerLine) -> Document:
    return {**_plain(line), "kind": line.kind.value}


def _trigger(trigger: Trigger) -> Document:
    return {**_plain(trigger), "kind": trigger.kind.value, "side": int(trigger.side)}


_NAMES = {
    kind: tuple(each.name for each in fields(kind))
    for kind in (AccountState, Book, Fill, Instrument, LedgerLine, OrderIntent, Position, Quote, Trigger)
}


POSITION_COLUMNS, QUOTE_COLUMNS = _NAMES[Position], _NAMES[Quote]
_GETTERS = {kind: attrgetter(*names) for kind, names in _NAMES.items()}


def _plain(value: Any) -> Document:
    kind = type(value)
    return dict(zip(_NAMES[kind], _GETTERS[kind](value), strict=True))


def _row(value: Any) -> list[Any]:
    return list(_GETTERS[type(value)](value))
