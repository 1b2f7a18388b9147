"""The live venue behind the port."""

from collections.abc import Sequence
from datetime import datetime

from apps.core.errors import AdapterError
from apps.core.moments import to_ms
from apps.exchange.types import Instrument
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.types import INTERVAL_NAMES, MINUTE_MS, Bar, BookTick, QuoteTick, SourceName

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
        self._instruments: dict[str, Instrument] = {}

    def instruments(self) -> list[Instrument]:
        """Return the chosen instruments as the venue describes them now."""
        found, _ = self._universe()
        return found

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
        _, ticks = self._universe()
        return [tick for tick in ticks if tick.symbol in symbols]

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        """Return the latest book."""
        if symbol not in self._instruments:
            self._universe()
        instrument = self._instruments.get(symbol)
        if instrument is None:
            raise AdapterError(f"Hyperliquid has no {symbol}", transient=False)
        body = self._client.book(symbol=symbol)
        return parse.book(body, symbol=symbol, size_decimals=instrument.size_decimals)

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return 0: history has no funding, live ticks carry their own."""
        return 0

    def span(self) -> None:
        """Return None: the venue has no end."""
        return

    def _universe(self) -> tuple[list[Instrument], list[QuoteTick]]:
        instruments, ticks = parse.meta_and_contexts(self._client.meta_and_contexts())
        self._instruments = {item.symbol: item for item in instruments if item.symbol in self._symbols}
        return list(self._instruments.values()), ticks
