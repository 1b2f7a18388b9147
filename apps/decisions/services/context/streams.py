"""The streams of one asset as facts: read once a board, each with its age, refused where a required one is not fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.clones.graph.streams import STREAMS
from apps.clones.graph.types import StreamUse
from apps.decisions.engine.presets import Preset, max_age_ms
from apps.decisions.engine.stream_facts import Datum, MissingFact, StreamFacts
from apps.decisions.services.context.readers import READERS, Source, read_candles
from apps.decisions.services.context.refusal import ContextRefused
from apps.decisions.types import RunCode
from apps.market.queries import MarketBoard
from apps.market.types import MemoryStream

USUAL_LENGTHS_MS = (300_000, 3_600_000)
"""Candle lengths that indicators and volatility are of where the strategy names no candles."""
PRICE = "mark_price"
"""The one stream that every packet has and judges by itself: its quote."""
_MEMORIES: Mapping[str, MemoryStream] = {
    "funding": MemoryStream.FUNDING,
    "order_book": MemoryStream.BOOK,
    "liquidity": MemoryStream.LIQUIDITY,
    "positioning": MemoryStream.POSITIONING,
    "predictions": MemoryStream.PREDICTIONS,
}
_SINGLE = frozenset({"funding", "order_book", "liquidity", "positioning"})


def gather_streams(
    symbol: str, uses: Sequence[StreamUse], *, preset: Preset, board: MarketBoard
) -> StreamFacts:
    """What the streams say of the asset at the board's moment; made once for all who ask this board the same.

    A required stream that is missing or older than its age raises ContextRefused. A stale stream of mode `auto` is
    left out and named in `missing`; a `standard` one is told with its age.
    """
    key = ("streams", symbol, tuple(uses), preset.depth)
    return board.once(key, lambda: _gather(symbol, uses, preset, board))


def _gather(symbol: str, uses: Sequence[StreamUse], preset: Preset, board: MarketBoard) -> StreamFacts:
    wanted = [use for use in uses if use.stream != PRICE]
    memories = {_MEMORIES[use.stream] for use in wanted if use.stream in _MEMORIES}
    lengths = tuple(STREAMS[use.stream].interval_ms for use in wanted if STREAMS[use.stream].interval_ms)
    source = Source(
        symbol=symbol,
        board=board,
        preset=preset,
        memory=board.memory(symbol, streams=memories, predictions=preset.predictions),
        lengths=lengths or USUAL_LENGTHS_MS,
    )
    found: dict[str, tuple[Any, ...]] = {}
    missing = []
    for use in wanted:
        length = STREAMS[use.stream].interval_ms
        facts = read_candles(source, length) if length else READERS[use.stream](source)
        fault = _fault(use, facts)
        if fault:
            missing.append(MissingFact(use.stream, fault))
        else:
            field = "candles" if length else use.stream
            found[field] = (*found.get(field, ()), *facts)
    told: dict[str, Any] = {name: facts[0] if name in _SINGLE else facts for name, facts in found.items()}
    return StreamFacts(**told, missing=tuple(missing))


def _fault(use: StreamUse, facts: Sequence[Datum]) -> str:
    """Why a stream is left out, empty where it is told; raises ContextRefused where the strategy requires it."""
    ages = [(fact.age_ms, max_age_ms(use.stream, getattr(fact, "interval_ms", 0))) for fact in facts]
    if not ages:
        if use.mode == "required":
            raise ContextRefused(
                RunCode.CONTEXT_MISSING, f"{use.stream} is required and nothing is known of it"
            )
        return "missing"
    if any(age <= most for age, most in ages):
        return ""
    age, most = min(ages)
    if use.mode == "required":
        detail = f"{use.stream} is required and {age} ms old, more than {most} ms"
        raise ContextRefused(RunCode.CONTEXT_STALE, detail)
    return "stale" if use.mode == "auto" else ""
