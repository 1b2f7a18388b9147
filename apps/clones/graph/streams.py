"""The catalogue of data streams, and the bundles that expand into them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of market memory; `interval_ms` is the bar length of a candle stream and zero otherwise."""

    key: str
    title: str
    interval_ms: int = 0


STREAMS: Mapping[str, Stream] = {
    stream.key: stream
    for stream in (
        Stream("mark_price", "Mark price"),
        Stream("candles_1m", "1-minute candles", 60_000),
        Stream("candles_5m", "5-minute candles", 300_000),
        Stream("candles_1h", "1-hour candles", 3_600_000),
        Stream("funding", "Funding rate"),
        Stream("order_book", "Order book depth"),
        Stream("positioning", "Positioning"),
        Stream("indicators", "Indicators"),
        Stream("volatility", "Volatility"),
        Stream("liquidity", "Liquidity"),
        Stream("predictions", "Prediction markets"),
        Stream("capital", "Capital on chain"),
    )
}

_FAST = ("mark_price", "candles_1m", "funding")
_BALANCED = (*_FAST, "candles_5m", "order_book")

BUNDLES: Mapping[str, tuple[str, ...]] = {
    "fast": _FAST,
    "balanced": _BALANCED,
    "deep": (*_BALANCED, "candles_1h", "indicators", "positioning"),
}
"""The depths of the basic mode: a data stream node may name a bundle in place of one stream.

Each is as long as one tier's links per asset; the other streams are named one by one.
"""


def expand(name: str) -> tuple[str, ...]:
    """Return the stream keys that a data stream node stands for; an unknown name gives the empty tuple."""
    if name in STREAMS:
        return (name,)
    return BUNDLES.get(name, ())
