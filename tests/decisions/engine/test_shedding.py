"""What a packet gives up for want of room: in the stated order, no more than it must, and never what it stands on."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.decisions.engine.document import document_digest, seal_section, section_documents, to_document
from apps.decisions.engine.presets import PRESETS, preset_for
from apps.decisions.engine.shedding import TooLarge, estimate, newest, seal_within, seals_of
from apps.decisions.engine.stream_facts import CandleFact, CapitalFact
from apps.decisions.engine.types import ContextPacket
from tests.decisions.packets import CLOSES, NOW_MS, candles, prediction, rich_packet, streams

MINUTE, FIVE, HOUR = 60_000, 300_000, 3_600_000
WORDS_OF_SHEDDING = 150
"""Tokens in which a packet that gave up all it could says so."""
LEVELS = tuple((CLOSES[0] + place, place + 1) for place in range(20))


def tokens(packet: ContextPacket) -> int:
    return estimate(seals_of(packet, {}))


def bars(interval_ms: int, count: int) -> CandleFact:
    return newest(candles(interval_ms), count)


def packet_of(
    *, capital: int = 3, predictions: int = 6, levels: int = 12, counts: tuple[int, ...] = (40, 24, 12)
) -> ContextPacket:
    """A packet whose lists have these lengths; its own closes are five."""
    figure = CapitalFact("tvl", "global", "all", 10**15, 1, 2, False, NOW_MS, 0)
    book = streams().order_book
    assert book is not None
    plain = rich_packet(
        shed=(),
        streams=streams(
            capital=(figure,) * capital,
            predictions=tuple(prediction(f"Question {place}?") for place in range(predictions)),
            order_book=replace(book, bids=LEVELS[:levels], asks=LEVELS[: levels - 2]),
            candles=tuple(
                bars(length, count) for length, count in zip((MINUTE, FIVE, HOUR), counts, strict=True)
            ),
        ),
    )
    return replace(plain, closes=plain.closes[-5:])


def whole_order(packet: ContextPacket) -> list[str]:
    """Every step there is, by asking for one token less each time."""
    told: tuple[str, ...] = ()
    room = tokens(packet)
    while True:
        try:
            smaller = seal_within(packet, tokens=room - 1)
        except TooLarge:
            return list(told)
        assert smaller.shed[: len(told)] == told and len(smaller.shed) > len(told)
        told, room = smaller.shed, tokens(smaller)


def test_nothing_is_left_out_where_all_of_it_fits() -> None:
    packet = packet_of()
    whole = seal_within(packet, tokens=tokens(packet))
    assert (whole, whole.shed) == (packet, ())
    assert whole.digest == document_digest(to_document(packet))


def test_the_order_is_capital_predictions_levels_and_then_the_oldest_half_of_the_longest_candles() -> None:
    assert whole_order(packet_of()) == [
        "capital:0",
        "predictions:3",
        "order_book:5",
        "candles_1m:20",
        "candles_5m:12",
        "candles_1m:10",
        "candles_5m:6",
        "candles_1h:6",
        "candles_1m:5",
        "candles_5m:3",
        "candles_1h:3",
        "candles_1m:3",
        "closes:3",
        "candles_1m:2",
        "candles_5m:2",
        "candles_1h:2",
        "closes:2",
        "candles_1m:1",
        "candles_5m:1",
        "candles_1h:1",
        "closes:1",
    ]


def test_what_is_not_there_or_short_enough_is_not_named() -> None:
    order = whole_order(packet_of(capital=0, predictions=3, levels=5, counts=(2, 1, 1)))
    assert order == ["closes:3", "closes:2", "candles_1m:1", "closes:1"]


def test_it_is_the_newest_that_stays() -> None:
    packet = packet_of(counts=(40, 3, 3))
    small = seal_within(packet, tokens=tokens(packet) * 2 // 3)
    assert small.streams is not None and packet.streams is not None
    left, before = small.streams.candles[0], packet.streams.candles[0]
    kept = len(left.close_micros)
    assert 1 <= kept < 40
    assert left.close_micros == before.close_micros[-kept:]
    assert left.last_close_at_ms == before.last_close_at_ms
    assert small.streams.predictions == packet.streams.predictions[:3]
    assert small.streams.order_book is not None
    assert small.streams.order_book.bids == LEVELS[:5]


def test_gaps_are_told_only_where_they_are_still_there() -> None:
    back = (41, 40, *range(37, -1, -1))
    fact = replace(candles(MINUTE), back=back)
    assert newest(fact, 39).back == back[1:]
    assert newest(fact, 38).back == ()


def test_the_core_alone_may_be_too_large_and_then_nothing_is_asked() -> None:
    with pytest.raises(TooLarge):
        seal_within(packet_of(), tokens=100)


def test_the_owners_words_do_not_count() -> None:
    short, long = rich_packet(behaviour="Buy."), rich_packet(behaviour="Buy. " * 800)
    assert tokens(short) == tokens(long)


def test_a_seal_that_is_known_already_is_taken_as_it_is() -> None:
    packet = packet_of()
    market = seal_section(section_documents(to_document(packet))["market"])
    assert seal_within(packet, tokens=10**6, market=market).digest == document_digest(to_document(packet))


def test_a_stronger_model_is_told_more_and_an_unknown_strength_the_least() -> None:
    light, standard, frontier = PRESETS.values()
    for name in ("candles", "book_levels", "predictions", "capital", "funding_hours", "budget_tokens"):
        assert getattr(light, name) < getattr(standard, name) < getattr(frontier, name)
    assert preset_for("unheard of") is light


@settings(max_examples=200, deadline=None)
@given(
    capital=st.integers(0, 20),
    predictions=st.integers(0, 12),
    levels=st.integers(3, 20),
    counts=st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40)),
    room=st.integers(0, 9_000),
)
def test_the_budget_is_never_exceeded_and_the_core_never_touched(
    capital: int, predictions: int, levels: int, counts: tuple[int, int, int], room: int
) -> None:
    packet = packet_of(capital=capital, predictions=predictions, levels=levels, counts=counts)
    try:
        fitted = seal_within(packet, tokens=room)
    except TooLarge:
        left = packet_of(capital=0, predictions=min(predictions, 3), levels=min(levels, 5), counts=(1, 1, 1))
        assert room < tokens(replace(left, closes=left.closes[-1:])) + WORDS_OF_SHEDDING
        return
    assert tokens(fitted) <= room
    assert fitted.digest == document_digest(to_document(fitted))
    for name in ("quote", "account", "truth", "limits", "prompt"):
        assert getattr(fitted, name) == getattr(packet, name)
    assert fitted.streams is not None and packet.streams is not None
    for name in ("funding", "positioning", "indicators", "volatility", "liquidity", "missing"):
        assert getattr(fitted.streams, name) == getattr(packet.streams, name)
    assert (fitted.shed == ()) == (tokens(packet) <= room)
