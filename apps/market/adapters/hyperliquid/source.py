"""The live venue behind the port."""

from collections.abc import Sequence
from datetime import datetime

from apps.core.errors import AdapterError
from apps.core.moments import to_ms
from apps.market.adapters.contracts import units_of
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.types import (
    INTERVAL_NAMES,
    MINUTE_MS,
    Bar,
    BookTick,
    ContextTick,
    FundingTick,
    Listing,
    QuoteTick,
    SourceName,
)

MAX_CANDLES_PER_ANSWER = 5_000


class HyperliquidSource:
    """Live prices of the chosen symbols."""

    name = SourceName.HYPERLIQUID.value
    label = "LIVE PRICES (Hyperliquid)"
    is_predetermined = False

    def __init__(self, client: InfoClient, *, symbols: Sequence[str]) -> None:
        """Wrap a client; only `symbols` are asked for."""
        self._client = client
        self._symbols = tuple(symbols)
        self._listings: dict[str, Listing] = {}

    def listings(self) -> list[Listing]:
        """Return the venue's whole universe as it describes it now."""
        self._universe()
        return list(self._listings.values())

    def tracked(self) -> frozenset[str]:
        """Return the chosen symbols."""
        return frozenset(self._symbols)

    def intervals(self, symbol: str) -> tuple[int, ...]:
        """Return one minute: longer candles are derived from closed minutes."""
        return (MINUTE_MS,)

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        """Return closed candles in (start, end]; the venue keeps the latest 5000 only."""
        name = INTERVAL_NAMES[interval_ms]
        end_ms = to_ms(end)
        start_ms = max(to_ms(start), end_ms - MAX_CANDLES_PER_ANSWER * interval_ms)
        body = self._client.candles(symbol=symbol, interval=name, start_ms=start_ms, end_ms=end_ms)
        bars = parse.candles(body, symbol=symbol, interval=name, now_ms=end_ms)
        return [bar for bar in bars if bar.open_ms + interval_ms > start_ms]

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        """Return the latest prices; the venue is asked once for all."""
        return [tick for tick in self._universe() if tick.symbol in symbols]

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        """Return the latest book."""
        if symbol not in self._listings:
            self._universe()
        listing = self._listings.get(symbol)
        if listing is None:
            raise AdapterError(f"Hyperliquid has no {symbol}", transient=False)
        body = self._client.book(symbol=symbol)
        return parse.book(body, symbol=symbol, size_decimals=listing.instrument.size_decimals)

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return 0: history has no funding, live ticks carry their own."""
        return 0

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        """Return nothing yet."""
        return []

    def funding_history(self, *, symbol: str, start: datetime, end: datetime) -> list[FundingTick]:
        """Return nothing yet."""
        return []

    def span(self) -> None:
        """Return None: the venue has no end."""
        return

    def _universe(self) -> list[QuoteTick]:
        instruments, ticks = parse.meta_and_contexts(self._client.meta_and_contexts())
        self._listings = {
            item.symbol: Listing(item, venue_index=place, units_per_contract=units_of(item.symbol))
            for place, item in enumerate(instruments)
        }
        return ticks
