"""Market values that may cross the border: candles, ticks, memory, the chosen source, health.

Prices are micro-dollars per whole unit, volumes are 1e-6 base units, funding is an hourly rate in 1e-10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models

from apps.exchange.types import Quote

MINUTE_MS = 60_000
FIVE_MINUTES_MS = 300_000
HOUR_MS = 3_600_000
DERIVED_INTERVALS_MS = (FIVE_MINUTES_MS, HOUR_MS)
INTERVALS_MS: Mapping[str, int] = {
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "8h": 28_800_000,
    "12h": 43_200_000,
    "1d": 86_400_000,
}
"""Candle lengths by the name that the venue and the recordings use."""
INTERVAL_NAMES: Mapping[int, str] = {length: name for name, length in INTERVALS_MS.items()}


class SourceName(models.TextChoices):
    """Where prices come from."""

    HYPERLIQUID = "hyperliquid", "Hyperliquid"
    REPLAY = "replay", "Recording"
    SYNTHETIC = "synthetic", "Synthetic"


class Channel(models.TextChoices):
    """The separate streams of one ingestion cycle."""

    ASSETS = "assets", "Assets"
    CANDLES = "candles", "Candles"
    QUOTES = "quotes", "Quotes"
    BOOKS = "books", "Books"


class IngestionStatus(models.TextChoices):
    """How one channel fared in one cycle."""

    SUCCEEDED = "succeeded", "Succeeded"
    PARTIAL = "partial", "Partly failed"
    FAILED = "failed", "Failed"


class PriceFault(models.TextChoices):
    """Why a price was not accepted."""

    MISSING = "PRICE_MISSING", "Missing"
    NOT_POSITIVE = "PRICE_NOT_POSITIVE", "Zero or negative"
    JUMP = "PRICE_JUMP", "Jump awaiting a second tick"


class Bar(NamedTuple):
    """One closed candle as a source gives it; `open_ms` is aligned to the interval."""

    open_ms: int
    open_micros: int
    high_micros: int
    low_micros: int
    close_micros: int
    volume_micros: int


class Close(NamedTuple):
    """The close of one stored candle; nobody may use it before `knowable_at`."""

    close_at: datetime
    close_micros: int
    knowable_at: datetime


class QuoteTick(NamedTuple):
    """Prices of one asset as a source gives them; None where the source has none."""

    symbol: str
    mark_micros: int | None
    oracle_micros: int | None
    mid_micros: int | None
    funding_rate_e10: int


class PricedTick(NamedTuple):
    """A quote tick that the guard accepted: no price is missing."""

    mark_micros: int
    oracle_micros: int
    mid_micros: int
    funding_rate_e10: int


class BookTick(NamedTuple):
    """A book as a source gives it: (price_micros, size_lots) pairs, best first."""

    symbol: str
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CandleValue:
    """One stored, closed candle; nobody may use it before `knowable_at`."""

    symbol: str
    interval_ms: int
    open_at: datetime
    close_at: datetime
    open_micros: int
    high_micros: int
    low_micros: int
    close_micros: int
    volume_micros: int
    knowable_at: datetime


@dataclass(frozen=True, slots=True)
class MarketMemory:
    """All that was knowable of one asset at one moment."""

    symbol: str
    at: datetime
    quote: Quote | None
    candles: Mapping[int, list[CandleValue]]
    max_knowable_at: datetime | None


@dataclass(frozen=True, slots=True)
class TapeBar:
    """One close of the bulk tape, with the funding rate known then."""

    symbol: str
    close_at: datetime
    close_micros: int
    quote_id: int
    funding_rate_e10: int


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """The source that was chosen, and why; a recording also has its span."""

    name: str
    label: str
    reason: str
    span_start: datetime | None = None
    span_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """The latest state of one ingestion channel; age in milliseconds, None when it never succeeded."""

    channel: str
    status: str
    last_run_at: datetime | None
    last_success_at: datetime | None
    age_ms: int | None
    rows_written: int
    error: str


@dataclass(frozen=True, slots=True)
class AssetHealth:
    """How fresh one asset's price is, and the fault that holds back a newer one."""

    symbol: str
    price_at: datetime | None
    age_ms: int | None
    is_stale: bool
    fault: str


@dataclass(frozen=True, slots=True)
class IngestionHealth:
    """Source, channels and assets at one moment."""

    source: SourceChoice | None
    channels: list[ChannelHealth] = field(default_factory=list)
    assets: list[AssetHealth] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        """True when every channel's latest run succeeded and no price is stale."""
        return (
            self.source is not None
            and all(channel.status == IngestionStatus.SUCCEEDED for channel in self.channels)
            and not any(asset.is_stale for asset in self.assets)
        )


def interval(milliseconds: int) -> timedelta:
    """Return the length of a candle as a timedelta."""
    return timedelta(milliseconds=milliseconds)
