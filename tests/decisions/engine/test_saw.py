"""What a context showed, for pages: every stream that is there has its section and age, and words stay apart."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.decisions.engine import saw
from apps.decisions.engine.document import seal, to_document
from apps.decisions.engine.stream_facts import (
    CandleFact,
    FundingFact,
    MissingFact,
    PredictionFact,
    StreamFacts,
)
from apps.decisions.engine.types import ContextPacket
from tests.decisions.packets import packet_of_before, rich_packet

CANDLES = CandleFact(60_000, 1_000, (), (1, 2), (2, 3), (1, 1), (100, 110), (5, 5), 900, 40)
FUNDING = FundingFact(0, (10, -5), 900, 60_000)
QUESTION = PredictionFact(
    "polymarket",
    "m1",
    "<b>Up?</b>",
    "",
    ("Yes", "No"),
    (620_000, 380_000),
    None,
    None,
    None,
    None,
    "open",
    None,
    9,
    1,
    7,
)


def sections(packet: ContextPacket, **streams: Any) -> dict[str, saw.Section]:
    full = seal(replace(packet, streams=StreamFacts(**streams))) if streams else packet
    return {one.key: one for one in saw.seen(to_document(full))}


def test_a_document_without_streams_shows_price_and_candles(packet: Callable[..., ContextPacket]) -> None:
    asked = packet([100, 101, 103])
    shown = sections(asked)
    (bars,) = [one for key, one in shown.items() if key.startswith("candles")]
    assert shown["price"].age_ms == asked.now_ms - asked.quote.knowable_at_ms
    assert bars.line == tuple(close.close_micros for close in asked.closes)


def test_every_stream_has_a_section_with_its_age(packet: Callable[..., ContextPacket]) -> None:
    asked = packet([100, 101, 103])
    shown = sections(
        asked,
        candles=(CANDLES,),
        funding=FUNDING,
        predictions=(QUESTION,),
        missing=(MissingFact("capital", "stale"),),
    )
    assert list(shown) == ["price", "candles-60000", "funding", "predictions", "missing"]
    assert (shown["candles-60000"].age_ms, shown["funding"].age_ms, shown["predictions"].age_ms) == (
        40,
        60_000,
        7,
    )
    assert shown["predictions"].facts == (saw.Fact("<b>Up?</b> (Yes)", "chance_e6", 620_000),)
    assert shown["missing"].told == ("Capital on chain: stale",)


def test_the_owners_words_stand_in_their_own_section_alone(packet: Callable[..., ContextPacket]) -> None:
    asked = packet([100, 101, 103])
    document = to_document(replace(asked, prompt=replace(asked.prompt, behaviour="canary words")))
    told = saw.prompt_seen(document)
    assert told is not None and told.told == ("canary words",)
    assert "canary words" not in repr([*saw.seen(document), *saw.account_seen(document)])


def test_where_nobody_was_asked_there_is_nothing() -> None:
    assert (saw.seen({}), saw.account_seen({}), saw.prompt_seen({})) == ([], [], None)


def test_funding_of_a_position_is_shown_where_the_model_was_told_it() -> None:
    def labels(packet: ContextPacket) -> list[str]:
        return [fact.label for part in saw.account_seen(to_document(packet)) for fact in part.facts]

    assert "ETH funding since opened" in labels(rich_packet())
    assert "ETH funding since opened" not in labels(packet_of_before())
