"""The port that every price source implements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from apps.exchange.types import Instrument
from apps.market.types import Bar, BookTick, QuoteTick


class MarketSource(Protocol):
    """A source of prices; every method may raise AdapterError.

    `is_predetermined` says that the prices of any moment can be asked before the clock reaches it
    (a recording, or the synthetic market), so that a fast virtual clock never runs ahead of its tape.
    """

    @property
    def name(self) -> str:
        """One of `SourceName`."""
        ...

    @property
    def label(self) -> str:
        """What people must read beside every price."""
        ...

    @property
    def is_predetermined(self) -> bool:
        """Whether the whole tape exists already."""
        ...

    def instruments(self) -> list[Instrument]:
        """Return every instrument that this source prices."""
        ...

    def intervals(self, symbol: str) -> tuple[int, ...]:
        """Return the candle lengths in ms that the source itself has, shortest first."""
        ...

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        """Return closed candles whose close lies in (start, end], ascending."""
        ...

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        """Return the prices at a moment, one tick per symbol that the source has."""
        ...

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        """Return the book at a moment, or None where the source has none."""
        ...

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return the hourly funding rate known at a moment, 0 where the source has none."""
        ...

    def span(self) -> tuple[datetime, datetime] | None:
        """Return the first open and the last close of a recording, None for an endless source."""
        ...
