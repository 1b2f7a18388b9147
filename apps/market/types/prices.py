"""Prices, candles and contexts: as a source gives them and as memory returns them.

Prices are micro-dollars per whole unit, volumes and open interest are 1e-6 base units, funding and premium are
fractions in 1e-10 (funding per hour).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models

from apps.exchange.types import Instrument

MINUTE_MS = 60_000
FIVE_MINUTES_MS = 300_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
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


class AssetCategory(models.TextChoices):
    """What kind of thing a perpetual is about."""

    MAJOR = "major", "Majors"
    LAYER_1 = "layer-1", "Layer 1"
    LAYER_2 = "layer-2", "Layer 2"
    DEFI = "defi", "DeFi"
    MEME = "meme", "Memes"
    AI = "ai", "AI and compute"
    OTHER = "other", "Other"


class PriceFault(models.TextChoices):
    """Why a price is not accepted."""

    MISSING = "PRICE_MISSING", "Missing"
    NOT_POSITIVE = "PRICE_NOT_POSITIVE", "Zero or negative"
    NOT_A_NUMBER = "PRICE_NOT_A_NUMBER", "Not a number"
    STALE = "PRICE_STALE", "Older than it may be"
    JUMP = "PRICE_JUMP", "Jump awaiting a second tick"


@dataclass(frozen=True, slots=True)
class Listing:
    """A contract as a source lists it; `venue_index` is its asset id on the venue, None elsewhere.

    `units_per_contract` is 1000 for the venue's k-coins. `margin_mode` is the venue's word, empty for the usual one.
    """

    instrument: Instrument
    venue_index: int | None = None
    units_per_contract: int = 1
    margin_mode: str = ""


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
    """Prices of one asset as a source gives them; None where the source has none.

    `fault` is a `PriceFault` that the adapter saw: NOT_A_NUMBER where there was something that is no price.
    """

    symbol: str
    mark_micros: int | None
    oracle_micros: int | None
    mid_micros: int | None
    funding_rate_e10: int
    fault: str = ""


class PricedTick(NamedTuple):
    """A quote tick that the guard accepted: no price is missing."""

    mark_micros: int
    oracle_micros: int
    mid_micros: int
    funding_rate_e10: int


class BookTick(NamedTuple):
    """A book as a source gives it: (price_micros, size_lots) pairs, best first; `at_ms` is its own time, if it has one."""

    symbol: str
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    at_ms: int | None = None


class ContextTick(NamedTuple):
    """Positioning of one asset as a source gives it; None where the source has none.

    Open interest and day volume in 1e-6 base units, the day's notional in micro-dollars.
    """

    symbol: str
    open_interest_micros: int
    day_notional_micros: int
    day_base_micros: int
    previous_day_micros: int | None
    premium_e10: int | None
    impact_bid_micros: int | None
    impact_ask_micros: int | None


class FundingTick(NamedTuple):
    """The funding of one hour, paid at its start; the rate is hourly, the premium None where not recorded."""

    hour_ms: int
    rate_e10: int
    premium_e10: int | None


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
class ContextValue:
    """One stored context (see `ContextTick`); nobody may use it before `knowable_at`."""

    at: datetime
    open_interest_micros: int
    day_notional_micros: int
    day_base_micros: int
    previous_day_micros: int | None
    premium_e10: int | None
    impact_bid_micros: int | None
    impact_ask_micros: int | None
    knowable_at: datetime


@dataclass(frozen=True, slots=True)
class FundingValue:
    """The funding of one hour; nobody may use it before `knowable_at`."""

    hour_at: datetime
    rate_e10: int
    premium_e10: int | None
    knowable_at: datetime


@dataclass(frozen=True, slots=True)
class TapeBar:
    """One close of the bulk tape, with the funding rate known then."""

    symbol: str
    close_at: datetime
    close_micros: int
    quote_id: int
    funding_rate_e10: int


def interval(milliseconds: int) -> timedelta:
    """Return the length of a candle as a timedelta."""
    return timedelta(milliseconds=milliseconds)
