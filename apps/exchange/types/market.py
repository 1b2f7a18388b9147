"""What the market says: instruments, quotes and book snapshots."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarginTier:
    """From this notional (micro-dollars, inclusive) upwards, at most this leverage."""

    lower_bound_micros: int
    max_leverage: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual as the venue describes it; `tiers` ascend and the first begins at 0."""

    symbol: str
    size_decimals: int
    max_leverage: int
    tiers: tuple[MarginTier, ...] = ()
    is_delisted: bool = False
    only_isolated: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of one asset at one moment; the funding rate is hourly, in 1e-10.

    `fault` is the `DenyReason` for which a newer price is held back: these are then the last good ones, which
    nobody may trade or value at. Empty where nothing is held back.
    """

    symbol: str
    mark_micros: int
    oracle_micros: int
    mid_micros: int
    at_ms: int
    funding_rate_e10: int = 0
    reference: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class BookLevel:
    """One price level and the lots resting there."""

    price_micros: int
    size_lots: int


@dataclass(frozen=True, slots=True)
class Book:
    """A book snapshot; both sides best first (bids descend, asks ascend)."""

    symbol: str
    at_ms: int
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    reference: str = ""
