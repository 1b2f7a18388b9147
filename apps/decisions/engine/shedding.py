"""What leaves a packet that would cost too many tokens, in one stated order; what it stands on never does.

First all capital, then prediction markets beyond three, then book levels beyond five, then again and again the oldest
half of the longest list of candles. Quote, account, limits, books and funding stay. `ContextPacket.shed` tells each
step as the stream and how much of it is left, such as `candles_1m:60`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from apps.decisions.engine.document import (
    SECTIONS,
    SectionSeal,
    digest_of,
    seal_section,
    section_of,
)
from apps.decisions.engine.stream_facts import CandleFact, StreamFacts
from apps.decisions.engine.types import ContextPacket

BYTES_A_TOKEN = 3
"""A low guess for figures, whose digits cost most: the estimate is above what a model counts."""
PREDICTIONS_LEFT, LEVELS_LEFT = 3, 5
OWN_WORDS = "prompt"
_NAMES: Mapping[int, str] = {60_000: "candles_1m", 300_000: "candles_5m", 3_600_000: "candles_1h"}


class TooLarge(ValueError):
    """A packet whose core alone is beyond its budget."""


Seals = Mapping[str, SectionSeal]


def seals_of(packet: ContextPacket, known: Seals) -> dict[str, SectionSeal]:
    """The seals of the sections of a packet with streams, those that are `known` as they are."""
    return {name: known.get(name) or seal_section(section_of(packet, name)) for name in SECTIONS}


def estimate(seals: Seals) -> int:
    """How many tokens a packet takes without the owner's words, which have a cap of their own."""
    return -(-sum(seal.bytes_count for name, seal in seals.items() if name != OWN_WORDS) // BYTES_A_TOKEN)


def seal_within(packet: ContextPacket, *, tokens: int, market: SectionSeal | None = None) -> ContextPacket:
    """The sealed packet, or the largest smaller one that takes no more than `tokens`; raises TooLarge where none does.

    `market` is the seal of its market section where that is known already.
    """
    seals = seals_of(packet, {} if market is None else {"market": market})
    if estimate(seals) <= tokens:
        return _sealed(packet, seals)
    same = {name: seal for name, seal in seals.items() if name not in ("head", "market")}
    for smaller in _smaller(packet):
        seals = seals_of(smaller, same)
        if estimate(seals) <= tokens:
            return _sealed(smaller, seals)
    raise TooLarge(f"the account and the price alone take more than {tokens} tokens")


def _sealed(packet: ContextPacket, seals: Seals) -> ContextPacket:
    return replace(packet, digest=digest_of({name: seal.digest for name, seal in seals.items()}))


def _smaller(packet: ContextPacket) -> Iterator[ContextPacket]:
    """Ever smaller packets, each with one thing less than the one before it."""
    streams = packet.streams or StreamFacts()
    if streams.capital:
        packet, streams = _less(packet, replace(streams, capital=()), "capital:0")
        yield packet
    if len(streams.predictions) > PREDICTIONS_LEFT:
        fewer = streams.predictions[:PREDICTIONS_LEFT]
        packet, streams = _less(packet, replace(streams, predictions=fewer), f"predictions:{len(fewer)}")
        yield packet
    book = streams.order_book
    if book is not None and max(len(book.bids), len(book.asks)) > LEVELS_LEFT:
        nearer = replace(book, bids=book.bids[:LEVELS_LEFT], asks=book.asks[:LEVELS_LEFT])
        packet, streams = _less(packet, replace(streams, order_book=nearer), f"order_book:{LEVELS_LEFT}")
        yield packet
    while _longest(packet)[0] > 1:
        packet = _halved(packet)
        yield packet


def _less(packet: ContextPacket, streams: StreamFacts, told: str) -> tuple[ContextPacket, StreamFacts]:
    return replace(packet, streams=streams, shed=(*packet.shed, told)), streams


def _longest(packet: ContextPacket) -> tuple[int, int]:
    """The length of the longest list of candles and its place among the streams', -1 for the packet's own closes.

    Of equally long ones the first goes: the shortest candles, the closes last.
    """
    lists = packet.streams.candles if packet.streams is not None else ()
    lengths = [(len(fact.close_micros), -place) for place, fact in enumerate(lists)]
    length, place = max([*lengths, (len(packet.closes), -len(lists))])
    return length, -place if -place < len(lists) else -1


def _halved(packet: ContextPacket) -> ContextPacket:
    length, place = _longest(packet)
    left = length - length // 2
    if place < 0 or packet.streams is None:
        return replace(packet, closes=packet.closes[-left:], shed=(*packet.shed, f"closes:{left}"))
    candles = list(packet.streams.candles)
    candles[place] = newest(candles[place], left)
    told = f"{_NAMES[candles[place].interval_ms]}:{left}"
    return _less(packet, replace(packet.streams, candles=tuple(candles)), told)[0]


def newest(fact: CandleFact, count: int) -> CandleFact:
    """The newest `count` candles of a list."""
    back = fact.back[-count:]
    return replace(
        fact,
        back=() if back == tuple(range(len(back) - 1, -1, -1)) else back,
        open_micros=fact.open_micros[-count:],
        high_micros=fact.high_micros[-count:],
        low_micros=fact.low_micros[-count:],
        close_micros=fact.close_micros[-count:],
        volume_micros=fact.volume_micros[-count:],
    )
