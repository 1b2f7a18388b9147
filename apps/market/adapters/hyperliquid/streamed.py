"""The live venue with its socket: what the socket is sure of comes from memory, everything else over HTTP."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from apps.core.errors import AdapterError
from apps.core.moments import from_ms, to_ms
from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.types import (
    MINUTE_MS,
    Bar,
    BookTick,
    ContextTick,
    FundingTick,
    Listing,
    QuoteTick,
)

COMPARED_MINUTES = 60
"""So often, a different minute for each coin, the minutes that were heard are compared with the venue's own account."""
ASK_AGAIN_AFTER = timedelta(seconds=20)
"""A minute that the venue itself does not have (nobody traded) is asked about this often, not at every cycle."""


class StreamedSource:
    """A source that trusts its feed where it is certain and fresh; trouble of the socket costs requests, never data."""

    def __init__(self, venue: HyperliquidSource, feed: LiveFeed) -> None:
        """Put a feed before the venue's HTTP answers."""
        self.venue = venue
        self.feed = feed
        self.name, self.label = venue.name, venue.label
        self.is_predetermined = venue.is_predetermined
        self.asked_candles = 0
        self._asked: dict[tuple[str, int], tuple[int, datetime]] = {}
        self._compared: dict[str, int] = {}

    def listings(self) -> list[Listing]:
        """Return the venue's whole universe, over HTTP."""
        return self.venue.listings()

    def tracked(self) -> frozenset[str]:
        """Return the chosen symbols."""
        return self.venue.tracked()

    def intervals(self, symbol: str) -> tuple[int, ...]:
        """Return one minute."""
        return self.venue.intervals(symbol)

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        """Return closed candles in (start, end]: the feed's where it has every one of them, else the venue's.

        Where a comparison shows that a minute was heard wrongly, everything from that minute on is given again.
        """
        start_ms, end_ms = to_ms(start), to_ms(end)
        if interval_ms == MINUTE_MS:
            heard = self.feed.candles(symbol, start_ms=start_ms, end_ms=end_ms)
            if heard is not None:
                return self._compare(symbol, heard, end_ms) if heard else heard
        last = end_ms // interval_ms
        before = self._asked.get((symbol, start_ms))
        if before is not None and before[0] == last and timedelta(0) <= end - before[1] < ASK_AGAIN_AFTER:
            return []
        bars = self.venue.candles(symbol=symbol, interval_ms=interval_ms, start=start, end=end)
        self.asked_candles += 1
        self._asked = {key: value for key, value in self._asked.items() if key[0] != symbol}
        self._asked[symbol, start_ms] = (last, end)
        return bars

    def _compare(self, symbol: str, heard: list[Bar], end_ms: int) -> list[Bar]:
        """Put the venue's account in the place of what was heard, once an hour; without an answer what was heard counts."""
        hour = (heard[-1].open_ms // MINUTE_MS + crc32(symbol.encode())) // COMPARED_MINUTES
        if self._compared.setdefault(symbol, hour) == hour:
            return heard
        self._compared[symbol] = hour
        span = timedelta(minutes=COMPARED_MINUTES + len(heard))
        end = from_ms(end_ms)
        try:
            bars = self.venue.candles(symbol=symbol, interval_ms=MINUTE_MS, start=end - span, end=end)
        except AdapterError:
            return heard
        first = self.feed.corrected(symbol, bars)
        if first is None:
            return heard
        merged = {bar.open_ms: bar for bar in heard} | {
            bar.open_ms: bar for bar in bars if bar.open_ms >= first
        }
        return [merged[at] for at in sorted(merged)]

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        """Return the latest prices; the venue is asked once for all when one of them is not fresh."""
        heard = self.feed.quotes(symbols)
        return heard if heard is not None else self.venue.quotes(symbols=symbols, at=at)

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        """Return the latest positioning, likewise."""
        heard = self.feed.contexts(symbols)
        return heard if heard is not None else self.venue.contexts(symbols=symbols, at=at)

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        """Return the latest book."""
        heard = self.feed.book(symbol)
        return heard if heard is not None else self.venue.book(symbol=symbol, at=at)

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return what the venue says."""
        return self.venue.funding_rate_e10(symbol=symbol, at=at)

    def funding_history(self, *, symbol: str, start: datetime, end: datetime) -> list[FundingTick]:
        """Return the hourly funding, over HTTP."""
        return self.venue.funding_history(symbol=symbol, start=start, end=end)

    def rejected(self) -> list[str]:
        """Return and forget what was left out of the venue's answers."""
        return self.venue.rejected()

    def span(self) -> None:
        """Return None: the venue has no end."""
        return
