"""The written-down form of orders: gates that agree with every verdict, and documents that say the same again."""

import json
from collections import Counter
from dataclasses import fields, replace
from inspect import signature
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.json_strict import dumps_canonical
from apps.exchange.documents import book_document, instrument_document
from apps.exchange.execute import execute
from apps.exchange.record import (
    GateRow,
    Question,
    Shared,
    ask_again,
    from_document,
    gate_documents,
    gate_rows,
    judge,
    outcome_document,
    to_document,
    whole,
)
from apps.exchange.types import (
    AccountState,
    ActionKind,
    Book,
    Denied,
    Executed,
    OrderIntent,
    Position,
    Quote,
    Side,
    TradingMode,
)
from tests.exchange.world import (
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    PRICES,
    account,
    book,
    check_gates,
    intent,
    marks,
    position,
)


@st.composite
def intents(draw: st.DrawFn) -> OrderIntent:
    """Any intent, sound ones more often than others."""
    symbol = draw(st.sampled_from(sorted(INSTRUMENTS)))
    level = PRICES[symbol] * draw(st.sampled_from([90, 99, 101, 110])) // 100
    wanted = draw(st.sampled_from(["lots", "money", "money", "money", "none", "both"]))
    money = draw(st.one_of(st.integers(1, 10**12), st.sampled_from([0, 10 * DOLLAR, 10**18, 10**18 + 1, -1])))
    return OrderIntent(
        draw(st.sampled_from([ActionKind.OPEN] * 5 + [ActionKind.FLIP] * 2 + list(ActionKind))),
        symbol,
        draw(st.sampled_from(list(Side))),
        size_lots=draw(st.integers(1, 10**7)) if wanted in ("lots", "both") else 0,
        notional_micros=money if wanted in ("money", "both") else 0,
        leverage=draw(st.sampled_from([1, 3, 5, 5, 10, 20, 41, 0])),
        reduce_only=draw(st.integers(0, 5)) == 0,
        is_isolated=draw(st.booleans()),
        stop_micros=level if draw(st.integers(0, 3)) == 0 else 0,
        trail_bps=draw(st.sampled_from([0, 0, 0, 100, 10_000])),
        target_micros=level if draw(st.integers(0, 4)) == 0 else 0,
        hold_ms=draw(st.sampled_from([0, 0, 60_000])),
    )


@st.composite
def positions(draw: st.DrawFn) -> tuple[Position, ...]:
    """A few open positions, some isolated, some deep under water."""
    held = []
    for symbol in sorted(draw(st.sets(st.sampled_from(sorted(INSTRUMENTS)), max_size=3))):
        worth = draw(st.integers(20, 200_000)) * DOLLAR
        lots = max(worth * 10 ** INSTRUMENTS[symbol].size_decimals // PRICES[symbol], 1)
        entry = PRICES[symbol] * draw(st.sampled_from([60, 95, 100, 105, 180])) // 100
        one = position(symbol, draw(st.sampled_from([1, -1])) * lots, price=entry, leverage=10)
        if draw(st.integers(0, 2)) == 0:
            one = replace(one, is_isolated=True, margin_micros=abs(one.cost_micros) // 10)
        held.append(one)
    return tuple(held)


@st.composite
def states(draw: st.DrawFn) -> AccountState:
    """An account, mostly active."""
    return account(
        *draw(positions()),
        cash=draw(st.sampled_from([0, 900, 50_000, 1_000_000])) * DOLLAR,
        status=draw(st.sampled_from(["active"] * 6 + ["reduce_only", "paused"])),
        actions_in_window=draw(st.sampled_from([0, 0, 3, 59, 60])),
        last_action_at_ms=draw(st.sampled_from([None, None, NOW, NOW - 61_000])),
        volume_micros=draw(st.sampled_from([0, 10**14])),
    )


@st.composite
def quotes(draw: st.DrawFn) -> dict[str, Quote]:
    """The venue's quotes, mostly whole: now and then one is gone, held back, old or insane."""
    found = marks()
    for symbol in sorted(draw(st.sets(st.sampled_from(sorted(INSTRUMENTS)), max_size=2))):
        change: dict[str, Any] = draw(
            st.sampled_from(
                [
                    {},
                    {},
                    {"fault": "PRICE_JUMP"},
                    {"at_ms": NOW - 60_000},
                    {"mark_micros": 0},
                    {"mid_micros": 1},
                ]
            )
        )
        found[symbol] = replace(found[symbol], **change)
        if draw(st.integers(0, 5)) == 0:
            del found[symbol]
    return found


@st.composite
def books(draw: st.DrawFn, symbol: str) -> Book | None:
    """No book, a book in order, a thin one, or one that is crossed, far away or old."""
    sound = book(symbol, lots=draw(st.sampled_from([1, 5_000, 10**8])))
    crossed = replace(sound, bids=sound.asks)
    far = book(symbol, PRICES[symbol] * 2)
    return draw(st.sampled_from([None, sound, sound, crossed, far, replace(sound, at_ms=NOW - 60_000)]))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Everything that an order can be asked with."""
    wanted, found = draw(intents()), draw(quotes())
    return Question(
        state=draw(states()),
        intent=wanted,
        instrument=replace(INSTRUMENTS[wanted.symbol], is_delisted=draw(st.integers(0, 15)) == 0),
        quote=found.get(wanted.symbol),
        book=draw(books(wanted.symbol)),
        marks=found,
        instruments=INSTRUMENTS,
        policy=replace(
            POLICY,
            max_position_micros=draw(st.sampled_from([10**9, 10**12])),
            max_exposure_micros=draw(st.sampled_from([10**10, 10**12])),
            max_open_positions=draw(st.sampled_from([1, 50])),
            max_account_leverage=draw(st.sampled_from([2, 20])),
            max_slippage_bps=draw(st.sampled_from([1, 1_000])),
            cooldown_ms=draw(st.sampled_from([0, 60_000])),
        ),
        now_ms=NOW,
        taken_lots=draw(st.sampled_from([0, 0, 500])),
        halt=draw(st.sampled_from([TradingMode.ACTIVE] * 6 + list(TradingMode))),
        standing=draw(st.sampled_from([0, 1])),
    )


def executed(question: Question) -> Executed | Denied:
    """What the kernel itself says, asked by keyword as everybody asks it."""
    return execute(**{each.name: getattr(question, each.name) for each in fields(question)})


def test_a_question_has_every_argument_of_the_kernel() -> None:
    assert {each.name for each in fields(Question)} == set(signature(execute).parameters)


@settings(deadline=None, max_examples=400)
@given(questions())
def test_the_first_failing_gate_is_the_verdict(question: Question) -> None:
    verdict = executed(question)
    check_gates(question, verdict)
    assert judge(question) == (verdict, gate_rows(question))


@settings(deadline=None, max_examples=300)
@given(questions())
def test_a_question_written_down_gets_the_same_gates_and_the_same_outcome(question: Question) -> None:
    written = dumps_canonical(to_document(question))
    again = ask_again(json.loads(written))
    assert again == {
        "gates": gate_documents(gate_rows(question)),
        "outcome": outcome_document(executed(question)),
    }
    assert dumps_canonical(to_document(from_document(json.loads(written)))) == written
    assert json.loads(dumps_canonical(again)) == again


@settings(deadline=None, max_examples=100)
@given(questions())
def test_what_is_shared_may_be_kept_elsewhere(question: Question) -> None:
    kept: dict[str, dict[str, Any]] = {"policy": question.policy.to_document()}
    kept |= {f"terms {name}": instrument_document(each) for name, each in question.instruments.items()}
    kept[f"terms {question.intent.symbol}"] = instrument_document(question.instrument)
    terms = {name: f"terms {name}" for name in INSTRUMENTS}
    if question.book is not None:
        kept[question.book.reference] = book_document(question.book)
    shared = to_document(question, Shared("policy", terms, "book"))

    def look_up(kind: str, pointer: dict[str, Any]) -> dict[str, Any]:
        return kept[pointer["reference"] if kind == "book" else pointer["digest"]]

    assert whole(shared, look_up) == to_document(question)
    assert len(dumps_canonical(shared)) < len(dumps_canonical(to_document(question)))


def test_numbers_beyond_what_fits_a_machine_word_stay_exact() -> None:
    amount = 2**80 + 1
    question = _question(intent("open", notional_micros=amount))
    document = json.loads(dumps_canonical(to_document(question)))
    assert from_document(document).intent.notional_micros == amount
    last = ask_again(document)["gates"][-1]
    assert last == ["AMOUNT_OUT_OF_RANGE", 0, amount, 10**18, False]


def test_only_the_marks_of_open_positions_are_written() -> None:
    question = _question(intent(), state=account(position("SOL", 1_000)))
    document = to_document(question)
    assert list(document["marks"]) == ["SOL"]
    assert list(document["instruments"]) == ["SOL"]


def test_each_gate_is_told_with_its_range() -> None:
    rows = gate_rows(_question(intent("open", notional_micros=5 * DOLLAR)))
    assert rows[-1] == GateRow("BELOW_MIN_NOTIONAL", 10 * DOLLAR, 4_856_170, 10**18, False)
    met = Counter(row.code for row in rows)
    assert met["PRICE_NOT_SANE"] == 5
    assert met["LEVERAGE_ABOVE_POLICY"] == met["COOLDOWN"] == 1
    assert "ABOVE_MAX_POSITION" not in met


def _question(wanted: OrderIntent, **changes: Any) -> Question:
    values: dict[str, Any] = {
        "state": account(),
        "intent": wanted,
        "instrument": INSTRUMENTS[wanted.symbol],
        "quote": marks()[wanted.symbol],
        "book": None,
        "marks": marks(),
        "instruments": INSTRUMENTS,
        "policy": POLICY,
        "now_ms": NOW,
    }
    return Question(**{**values, **changes})
