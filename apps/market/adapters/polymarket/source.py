"""Polymarket behind the port of prediction sources."""

from collections.abc import Callable, Iterator
from datetime import datetime

from apps.core.errors import AdapterError, AdapterFault
from apps.market.adapters.polymarket import parse
from apps.market.adapters.polymarket.client import GammaClient
from apps.market.types import ContextSource, PredictionTick

MOST_PAGES = 100


class PolymarketSource:
    """Crypto markets of Polymarket; one sweep at a time."""

    name = ContextSource.POLYMARKET.value

    def __init__(self, client: GammaClient) -> None:
        """Wrap a client; nothing is asked yet."""
        self._client = client
        self._skipped: dict[str, str] = {}

    @property
    def skipped(self) -> dict[str, str]:
        """Why markets were left out since `open_pages` began, by market id."""
        return dict(self._skipped)

    def open_pages(self, *, at: datetime) -> Iterator[list[PredictionTick]]:
        """Yield the open markets page by page; raises AdapterError when a page fails or repeats."""
        self._skipped = {}
        yield from self._pages(lambda cursor: self._client.open_events(cursor=cursor))

    def closed_pages(self, *, since: datetime, at: datetime) -> Iterator[list[PredictionTick]]:
        """Yield the closed markets of events that ended in (since, at], in the same way."""
        yield from self._pages(
            lambda cursor: self._client.closed_events(since=since, until=at, cursor=cursor)
        )

    def market(self, market_id: str, *, at: datetime) -> PredictionTick | None:
        """Return one market however it stands, None where it is gone or cannot be read."""
        body = self._client.market(market_id)
        tick = None if body is None else parse.single_market(body, self._skipped)
        if tick is not None and tick.market_id != market_id:
            raise _lost(f"asked for market {market_id}, was given {tick.market_id}")
        return tick

    def _pages(self, ask: Callable[[str | None], object]) -> Iterator[list[PredictionTick]]:
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            ticks, cursor = parse.events_page(ask(cursor), self._skipped)
            yield ticks
            if cursor is None:
                return
            if cursor in seen:
                raise _lost("the cursor repeats")
            seen.add(cursor)
        raise _lost(f"there are more than {MOST_PAGES} pages")


def _lost(what: str) -> AdapterError:
    return AdapterError(f"Polymarket: {what}", transient=False, fault=AdapterFault.SCHEMA_DRIFT)
