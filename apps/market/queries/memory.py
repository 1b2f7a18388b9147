"""The one read that decisions and backtests share: all that was knowable of an asset at a moment."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from apps.core.moments import from_ms, to_ms
from apps.market.features.positioning import WEEK_HOURS
from apps.market.models import Asset
from apps.market.queries.candles import closed_candles
from apps.market.queries.capital import capital_for
from apps.market.queries.derived import of_book, of_contexts, recent_contexts
from apps.market.queries.features import features_of
from apps.market.queries.positioning import list_funding
from apps.market.queries.predictions import list_predictions
from apps.market.queries.prices import latest_book, latest_quote
from apps.market.queries.registry import get_asset
from apps.market.queries.rejections import open_faults
from apps.market.types import (
    ALL_STREAMS,
    FIVE_MINUTES_MS,
    HOUR_MS,
    MINUTE_MS,
    ContextValue,
    FundingValue,
    MarketMemory,
    MemoryStream,
    PredictionView,
)

Value = TypeVar("Value")
DEFAULT_MEMORY: Mapping[int, int] = {MINUTE_MS: 120, FIVE_MINUTES_MS: 60, HOUR_MS: 24}
DEFAULT_PREDICTIONS = 20
NEEDS: Mapping[MemoryStream, frozenset[MemoryStream]] = {
    MemoryStream.LIQUIDITY: frozenset({MemoryStream.BOOK}),
    MemoryStream.POSITIONING: frozenset({MemoryStream.CONTEXT, MemoryStream.FUNDING}),
}
"""What has to be read for a stream that is derived from others; it is then part of the answer too."""
ABSENT: Mapping[MemoryStream, str] = {
    MemoryStream.QUOTE: "No price was accepted by then.",
    MemoryStream.CANDLES: "No closed candle was known by then.",
    MemoryStream.BOOK: "No book was known by then.",
    MemoryStream.CONTEXT: "No open interest was known by then.",
    MemoryStream.FUNDING: "No funding rate was known by then.",
    MemoryStream.FEATURES: "No closed candle was known by then.",
    MemoryStream.LIQUIDITY: "No book with two sides was known by then.",
    MemoryStream.POSITIONING: "Neither open interest nor a funding rate was known by then.",
    MemoryStream.PREDICTIONS: "No prediction market about it was known by then.",
    MemoryStream.CAPITAL: "No capital figure was known by then.",
}


def memory_at(
    symbol: str,
    *,
    at: datetime,
    candles: Mapping[int, int] = DEFAULT_MEMORY,
    streams: Collection[MemoryStream] = ALL_STREAMS,
    predictions: int = DEFAULT_PREDICTIONS,
    views: Collection[PredictionView] = tuple(PredictionView),
) -> MarketMemory:
    """Return what was knowable of one asset at `at`: nothing in the answer became knowable later.

    `candles` says how many of each length (in ms) to return; features are of the same lengths. `predictions` is how many
    prediction markets each of the `views` has at most. Of the rest only the `streams` asked for are read. What is missing
    is empty and has its reason in `missing`; only an unknown asset raises (NotFound).
    """
    asset = get_asset(symbol)
    wanted = frozenset(streams).union(*(NEEDS.get(stream, frozenset()) for stream in streams))
    memory = _read(asset, at, candles, wanted, dict.fromkeys(views, predictions))
    newest = _newest(memory)
    return replace(
        memory,
        ages_ms={stream: to_ms(at) - to_ms(found[0]) for stream, found in newest.items() if found},
        missing={
            stream: ABSENT[stream] for stream in MemoryStream if stream in wanted and not newest[stream]
        },
        max_knowable_at=max((found[1] for found in newest.values() if found), default=None),
    )


def _read(
    asset: Asset,
    at: datetime,
    candles: Mapping[int, int],
    wanted: frozenset[MemoryStream],
    predictions: Mapping[PredictionView, int],
) -> MarketMemory:
    """Read the wanted streams, and derive from them what is wanted."""

    def only(stream: MemoryStream, read: Callable[[], Value], nothing: Value) -> Value:
        return read() if stream in wanted else nothing

    symbol, assets = asset.symbol, {asset.symbol: asset.pk}
    book = only(MemoryStream.BOOK, lambda: latest_book(symbol, at=at), None)
    contexts: tuple[ContextValue, ...] = only(
        MemoryStream.CONTEXT, lambda: recent_contexts(symbol, at=at), ()
    )
    funding: tuple[FundingValue, ...] = only(
        MemoryStream.FUNDING, lambda: tuple(list_funding(symbol, at=at, limit=WEEK_HOURS)), ()
    )
    return MarketMemory(
        symbol=symbol,
        at=at,
        quote=only(MemoryStream.QUOTE, lambda: latest_quote(symbol, at=at), None),
        price_fault=only(MemoryStream.QUOTE, lambda: open_faults([asset.pk], at=at).get(asset.pk, ""), ""),
        candles={
            length: closed_candles(symbol, interval_ms=length, at=at, limit=limit)
            for length, limit in candles.items()
            if MemoryStream.CANDLES in wanted
        },
        book=book,
        contexts=contexts,
        funding=funding,
        features={
            length: features_of(assets, interval_ms=length, at=at)[symbol]
            for length in candles
            if MemoryStream.FEATURES in wanted
        },
        liquidity=only(
            MemoryStream.LIQUIDITY, lambda: of_book(book, size_decimals=asset.size_decimals), None
        ),
        positioning=only(MemoryStream.POSITIONING, lambda: of_contexts(contexts, funding), None),
        predictions={
            view: list_predictions(symbol, view=view, at=at, limit=limit)
            for view, limit in predictions.items()
            if MemoryStream.PREDICTIONS in wanted
        },
        capital=only(MemoryStream.CAPITAL, lambda: tuple(capital_for(symbol, at=at)), ()),
        ages_ms={},
        missing={},
        max_knowable_at=None,
    )


def _newest(memory: MarketMemory) -> dict[MemoryStream, tuple[datetime, datetime] | None]:
    """Of each stream the time of its newest datum, and the latest moment at which a datum of it became knowable.

    Prices and books are knowable at their own time. What is derived is as old as what it is derived from.
    """
    of_quote = [from_ms(memory.quote.at_ms)] if memory.quote else []
    of_book_ = [from_ms(memory.book.at_ms)] if memory.book else []
    bars = [bar for series in memory.candles.values() for bar in series]
    features = [
        (item.closed_at, item.knowable_at)
        for item in memory.features.values()
        if item.closed_at and item.knowable_at
    ]
    foretold = [value for values in memory.predictions.values() for value in values]
    return {
        MemoryStream.QUOTE: _latest((at, at) for at in of_quote),
        MemoryStream.CANDLES: _latest((bar.close_at, bar.knowable_at) for bar in bars),
        MemoryStream.BOOK: _latest((at, at) for at in of_book_),
        MemoryStream.CONTEXT: _latest((item.at, item.knowable_at) for item in memory.contexts),
        MemoryStream.FUNDING: _latest((rate.hour_at, rate.knowable_at) for rate in memory.funding),
        MemoryStream.FEATURES: _latest(features),
        MemoryStream.LIQUIDITY: _latest((at, at) for at in of_book_ if memory.liquidity),
        MemoryStream.POSITIONING: _latest(
            (item.knowable_at, item.knowable_at) for item in (memory.positioning,) if item
        ),
        MemoryStream.PREDICTIONS: _latest((value.knowable_at, value.knowable_at) for value in foretold),
        MemoryStream.CAPITAL: _latest((level.at, level.knowable_at) for level in memory.capital),
    }


def _latest(moments: Iterable[tuple[datetime, datetime]]) -> tuple[datetime, datetime] | None:
    found = list(moments)
    return (max(data for data, _ in found), max(known for _, known in found)) if found else None
