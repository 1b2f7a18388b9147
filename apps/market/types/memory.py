"""What memory knew of one asset at one moment, and what is derived from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.exchange.types import Book, Quote
from apps.market.features.values import Cost, Depth, Indicators, Liquidity, Positioning, Volatility
from apps.market.types.capital import CapitalLevel
from apps.market.types.predictions import PredictionValue, PredictionView
from apps.market.types.prices import CandleValue, ContextValue, FundingValue

__all__ = [
    "ALL_STREAMS",
    "CandleWindow",
    "Cost",
    "Depth",
    "Features",
    "Indicators",
    "Liquidity",
    "MarketMemory",
    "MemoryStream",
    "Positioning",
    "Volatility",
]


class MemoryStream(StrEnum):
    """The parts of a memory; whoever needs few asks for few."""

    QUOTE = "quote"
    CANDLES = "candles"
    BOOK = "book"
    CONTEXT = "context"
    FUNDING = "funding"
    FEATURES = "features"
    LIQUIDITY = "liquidity"
    POSITIONING = "positioning"
    PREDICTIONS = "predictions"
    CAPITAL = "capital"


ALL_STREAMS = frozenset(MemoryStream)


@dataclass(frozen=True, slots=True, eq=False)
class CandleWindow:
    """The last closed candles of one length as columns of equal length, ascending, never empty; shared, so compared
    by identity.

    `knowable_at` is that of its newest part, corrections included.
    """

    symbol: str
    interval_ms: int
    open_ms: Sequence[int]
    open_micros: Sequence[int]
    high_micros: Sequence[int]
    low_micros: Sequence[int]
    close_micros: Sequence[int]
    volume_micros: Sequence[int]
    knowable_at: datetime

    @property
    def closed_ms(self) -> int:
        """When the newest candle closed."""
        return self.open_ms[-1] + self.interval_ms

    @property
    def missing_count(self) -> int:
        """How many candles are absent between the oldest and the newest."""
        return (self.open_ms[-1] - self.open_ms[0]) // self.interval_ms + 1 - len(self.open_ms)


@dataclass(frozen=True, slots=True)
class Features:
    """What is derived from the last closed candles of one length, and from nothing else.

    `closed_at` is when the newest of them closed, `missing_count` how many are absent between the oldest and it.
    Without any candle everything is None or zero.
    """

    symbol: str
    interval_ms: int
    closed_at: datetime | None
    candles_count: int
    missing_count: int
    indicators: Indicators
    volatility: Volatility
    knowable_at: datetime | None


@dataclass(frozen=True, slots=True)
class MarketMemory:
    """All that was knowable of one asset at one moment.

    `price_fault` is the code of the fault that holds back a newer price, empty when none does. `contexts` are the
    newest, the newest that is an hour older, and the newest that is a day older, as far as there are any. `missing`
    says in a sentence why a stream that was asked for is empty; a stream not asked for is empty and not named.
    `ages_ms` is how old the newest datum of each stream is that has one.
    """

    symbol: str
    at: datetime
    quote: Quote | None
    price_fault: str
    candles: Mapping[int, list[CandleValue]]
    book: Book | None
    contexts: tuple[ContextValue, ...]
    funding: tuple[FundingValue, ...]
    features: Mapping[int, Features]
    liquidity: Liquidity | None
    positioning: Positioning | None
    predictions: Mapping[PredictionView, list[PredictionValue]]
    capital: tuple[CapitalLevel, ...]
    ages_ms: Mapping[MemoryStream, int]
    missing: Mapping[MemoryStream, str]
    max_knowable_at: datetime | None

    @property
    def context(self) -> ContextValue | None:
        """The newest positioning."""
        return self.contexts[0] if self.contexts else None
