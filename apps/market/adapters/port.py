"""The ports: what a source of prices, of prediction markets and of capital figures must answer."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from apps.market.types import (
    Bar,
    BookTick,
    CapitalTick,
    Channel,
    ContextTick,
    FundingTick,
    Listing,
    PredictionTick,
    QuoteTick,
)


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

    def listings(self) -> list[Listing]:
        """Return everything that this source lists, delisted contracts included."""
        ...

    def tracked(self) -> frozenset[str]:
        """Return the symbols that are tracked when they are first registered."""
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

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        """Return positioning at a moment, one tick per symbol that the source has; empty where it has none."""
        ...

    def funding_history(self, *, symbol: str, start: datetime, end: datetime) -> list[FundingTick]:
        """Return the hourly funding paid in [start, end], ascending; empty where the source has none."""
        ...

    def rejected(self) -> list[str]:
        """Return and forget what was left out of the answers since the last call, a line per answer."""
        ...

    def span(self) -> tuple[datetime, datetime] | None:
        """Return the first open and the last close of a recording, None for an endless source."""
        ...


class PredictionSource(Protocol):
    """A source of prediction markets; every method may raise AdapterError."""

    @property
    def name(self) -> str:
        """What ingestion runs are filed under."""
        ...

    def open_pages(self, *, at: datetime) -> Iterator[list[PredictionTick]]:
        """Yield the crypto markets that are open, page by page.

        A market that cannot be read is left out of its page and kept in `skipped`.
        """
        ...

    def closed_pages(self, *, since: datetime, at: datetime) -> Iterator[list[PredictionTick]]:
        """Yield the crypto markets that are closed and ended in (since, at], page by page, in the same way."""
        ...

    def market(self, market_id: str, *, at: datetime) -> PredictionTick | None:
        """Return one market however it stands, None where the source knows it no more or it cannot be read."""
        ...

    @property
    def skipped(self) -> dict[str, str]:
        """Why markets were left out since `open_pages` began, by market id."""
        ...


class CapitalQuestion(NamedTuple):
    """One answer of a capital source: what it is about, and the call that asks for it (it may raise AdapterError)."""

    what: str
    ask: Callable[[], list[CapitalTick]]


class CapitalSource(Protocol):
    """A source of capital figures."""

    @property
    def name(self) -> str:
        """What ingestion runs are filed under."""
        ...

    def questions(self, channel: Channel, *, at: datetime) -> Iterator[CapitalQuestion]:
        """Yield what a channel consists of; each is to be asked before the next is taken: it may decide what follows."""
        ...
