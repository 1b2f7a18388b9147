"""The live venue behind the port."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.core.errors import AdapterError
from apps.core.moments import from_ms, to_ms
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.hyperliquid.client import FUNDING_ROWS, InfoClient
from apps.market.adapters.hyperliquid.funding import FundingCache
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
MAX_FUNDING_PAGES = 20
ONE_ANSWER_FOR = timedelta(seconds=2)
"""Prices and positioning come in one answer: who asks for both asks the venue once."""


class HyperliquidSource:
    """Live prices of the chosen symbols."""

    name = SourceName.HYPERLIQUID.value
    label = "LIVE PRICES (Hyperliquid)"
    is_predetermined = False

    def __init__(self, client: InfoClient, *, symbols: Sequence[str]) -> None:
        """Wrap a client; only `symbols` are tracked from the start."""
        self._client = client
        self._symbols = tuple(symbols)
        self._decimals: dict[str, int] = {}
        self._answer: tuple[datetime, parse.Universe] | None = None
        self._funding = FundingCache()
        self._rejected: list[str] = []

    def patient(self, *, wait_up_to: float) -> "HyperliquidSource":
        """Return a source of the same venue that waits so many seconds for the budget: for loading history."""
        return HyperliquidSource(self._client.patient(wait_up_to=wait_up_to), symbols=self._symbols)

    def listings(self) -> list[Listing]:
        """Return the venue's whole universe as it describes it now.

        Raises AdapterError when any contract of it cannot be read: what is not listed counts as gone.
        """
        unreadable: list[str] = []
        listings = parse.meta(self._universe().meta, rejected=unreadable)
        self._decimals = {item.instrument.symbol: item.instrument.size_decimals for item in listings}
        if unreadable:
            raise AdapterError("; ".join(unreadable), transient=False)
        return listings

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
        bars = parse.candles(body, symbol=symbol, interval=name, now_ms=end_ms, rejected=self._rejected)
        return [bar for bar in bars if bar.open_ms + interval_ms > start_ms]

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        """Return the latest prices; the venue is asked once for all."""
        answer = self._universe()
        self._answer = (at, answer)
        return answer.quotes(symbols, rejected=self._rejected)

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        """Return the latest positioning, from the answer that gave the prices where that is fresh."""
        if self._answer is None or abs(at - self._answer[0]) > ONE_ANSWER_FOR:
            self._answer = (at, self._universe())
        return self._answer[1].positioning(symbols, rejected=self._rejected)

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        """Return the latest book."""
        if symbol not in self._decimals:
            listed = parse.meta(self._universe().meta)
            self._decimals = {item.instrument.symbol: item.instrument.size_decimals for item in listed}
        decimals = self._decimals.get(symbol)
        if decimals is None:
            raise AdapterError(f"Hyperliquid has no {symbol}", transient=False)
        body = self._client.book(symbol=symbol)
        return parse.book(body, symbol=symbol, size_decimals=decimals, now_ms=to_ms(at))

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return the rate of the last hour that was paid before `at`, 0 where there is none.

        It is remembered: five days of a symbol cost one question. A venue that does not answer costs the
        funding of these prices, not the prices: it is named in `rejected`, and asked again after that was read.
        """
        if self._funding.lacks(symbol, at):
            try:
                start, end = self._funding.span(at)
                ticks = self.funding_history(symbol=symbol, start=start, end=end)
                self._funding.put(symbol, start, end, ticks)
                if self._funding.lacks(symbol, at):
                    self._funding.miss(symbol)
            except AdapterError as error:
                self._funding.miss(symbol)
                self._rejected.append(f"funding of {symbol}: {error.detail}")
        return self._funding.rate_e10(symbol, at)

    def funding_history(self, *, symbol: str, start: datetime, end: datetime) -> list[FundingTick]:
        """Return the hourly funding paid in [start, end], asking page after page."""
        begin, end_ms = to_ms(start), to_ms(end)
        hours: dict[int, FundingTick] = {}
        for _ in range(MAX_FUNDING_PAGES):
            body = self._client.funding_history(symbol=symbol, start_ms=begin, end_ms=end_ms)
            page = parse.funding_history(body, symbol=symbol, now_ms=end_ms, rejected=self._rejected)
            hours |= {tick.hour_ms: tick for tick in page.ticks}
            if page.rows_count < FUNDING_ROWS or page.last_ms < begin:
                break
            begin = page.last_ms + 1
        else:
            what = f"the funding of {symbol} has more than {MAX_FUNDING_PAGES} pages"
            raise AdapterError(f"Hyperliquid: {what}", transient=False)
        return [hours[hour] for hour in sorted(hours) if start <= from_ms(hour) <= end]

    def rejected(self) -> list[str]:
        """Return and forget what was left out of the answers since the last call."""
        said, self._rejected = self._rejected, []
        self._funding.forgive()
        return said

    def span(self) -> None:
        """Return None: the venue has no end."""
        return

    def _universe(self) -> parse.Universe:
        return parse.universe(self._client.meta_and_contexts())
