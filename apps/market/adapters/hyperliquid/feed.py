"""What the venue's socket said lately: written by its thread, read by the ingesting one."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from apps.market.types import MINUTE_MS, Bar, BookTick, ContextTick, QuoteTick

KEPT_MINUTES = 240
SETTLED_AFTER_MS = 10_000
"""A minute that ended so long ago and was not followed by another is asked over HTTP: its coin may be quiet."""
UNBROKEN_SECONDS = 15.0
"""A longer silence at the end of a minute may have swallowed its last trades: such a candle is not trusted."""
FRESH_PRICE_SECONDS = 5.0
FRESH_BOOK_SECONDS = 10.0


@dataclass(slots=True)
class _Minutes:
    """The minutes of one coin: the forming candle with its trades and when it was heard, and closed ones.

    `since_ms` is since when nothing was missed: a candle that ended before is not taken from here.
    """

    since_ms: int
    forming: Bar | None = None
    trades: int = 0
    heard_at: float = 0.0
    closed: dict[int, tuple[Bar, int]] = field(default_factory=dict)


class LiveFeed:
    """Thread-safe memory of one socket; `clock` is monotonic seconds.

    Frames of a candle are cumulative, so the last one before the next candle begins is final, provided that both
    came over one connection. Whatever is not certain is not answered: the reader asks over HTTP instead.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._is_up = False
        self._since_ms = 0
        self._minutes: dict[str, _Minutes] = {}
        self._contexts: dict[str, tuple[float, QuoteTick, ContextTick]] = {}
        self._books: dict[str, tuple[float, BookTick]] = {}

    def connected(self, at_ms: int) -> None:
        """Count on the frames from now on."""
        with self._lock:
            self._is_up, self._since_ms = True, at_ms
            for held in self._minutes.values():
                held.forming, held.since_ms = None, at_ms

    def disconnected(self) -> None:
        """Count on no frame until the next connection."""
        with self._lock:
            self._is_up = False

    def interrupted(self, symbol: str, at_ms: int) -> None:
        """Count on the frames of one coin from now on only."""
        with self._lock:
            held = self._minutes.get(symbol)
            if held is not None:
                held.forming, held.since_ms = None, at_ms

    def forget(self, symbol: str) -> None:
        """Drop everything of a coin that is not followed any more."""
        with self._lock:
            for memory in (self._minutes, self._contexts, self._books):
                memory.pop(symbol, None)

    def put_candle(self, symbol: str, bar: Bar, *, trades: int) -> bool:
        """Take a frame of the newest candle; True when it closed the one before."""
        with self._lock:
            now = self._clock()
            held = self._minutes.setdefault(symbol, _Minutes(self._since_ms))
            forming = held.forming
            if bar.open_ms in held.closed or (forming is not None and bar.open_ms < forming.open_ms):
                return self._put_late(held, bar, trades)
            if forming is not None and bar.open_ms == forming.open_ms and trades < held.trades:
                return False
            has_closed = (
                forming is not None
                and bar.open_ms > forming.open_ms
                and forming.open_ms + MINUTE_MS > held.since_ms
                and now - held.heard_at <= UNBROKEN_SECONDS
            )
            if forming is not None and has_closed:
                held.closed[forming.open_ms] = (forming, held.trades)
                if len(held.closed) > KEPT_MINUTES:
                    del held.closed[min(held.closed)]
            held.forming, held.trades, held.heard_at = bar, trades, now
            return has_closed

    @staticmethod
    def _put_late(held: _Minutes, bar: Bar, trades: int) -> bool:
        """A repeated frame changes nothing; one with more trades shows that the closed candle was not final."""
        if bar.open_ms in held.closed and trades > held.closed[bar.open_ms][1]:
            del held.closed[bar.open_ms]
        return False

    def put_context(self, quote: QuoteTick, context: ContextTick) -> None:
        """Take the latest prices and positioning of a coin."""
        with self._lock:
            self._contexts[quote.symbol] = (self._clock(), quote, context)

    def put_book(self, book: BookTick) -> None:
        """Take the latest book of a coin."""
        with self._lock:
            self._books[book.symbol] = (self._clock(), book)

    def candles(self, symbol: str, *, start_ms: int, end_ms: int) -> list[Bar] | None:
        """Return the closed minutes whose close lies in (start, end], None where a minute is not certain.

        The newest minute may be missing while it settles and the connection is up: it is given later.
        """
        first = (start_ms // MINUTE_MS) * MINUTE_MS
        last = end_ms // MINUTE_MS * MINUTE_MS - MINUTE_MS
        with self._lock:
            held = self._minutes.get(symbol)
            if held is None:
                return None
            found = [held.closed.get(at) for at in range(first, last + MINUTE_MS, MINUTE_MS)]
            may_settle = self._is_up and end_ms < last + MINUTE_MS + SETTLED_AFTER_MS
            if found and found[-1] is None and may_settle:
                found.pop()
            bars = [entry[0] for entry in found if entry is not None]
            return bars if len(bars) == len(found) else None

    def corrected(self, symbol: str, bars: Sequence[Bar]) -> int | None:
        """Take the venue's own account of closed minutes; return the first one that was heard otherwise, if any."""
        with self._lock:
            held = self._minutes.get(symbol)
            closed = {} if held is None else held.closed
            wrong = [bar for bar in bars if bar.open_ms in closed and closed[bar.open_ms][0] != bar]
            for bar in wrong:
                closed[bar.open_ms] = (bar, closed[bar.open_ms][1])
            return wrong[0].open_ms if wrong else None

    def quotes(self, symbols: Sequence[str]) -> list[QuoteTick] | None:
        """Return the prices of all the coins, None when those of any are not fresh."""
        fresh = self._fresh(symbols)
        return None if fresh is None else [quote for quote, _ in fresh]

    def contexts(self, symbols: Sequence[str]) -> list[ContextTick] | None:
        """Return the positioning of all the coins, None when that of any is not fresh."""
        fresh = self._fresh(symbols)
        return None if fresh is None else [context for _, context in fresh]

    def _fresh(self, symbols: Sequence[str]) -> list[tuple[QuoteTick, ContextTick]] | None:
        with self._lock:
            oldest = self._clock() - FRESH_PRICE_SECONDS
            held = [self._contexts.get(symbol) for symbol in symbols]
            fresh = [(entry[1], entry[2]) for entry in held if entry is not None and entry[0] >= oldest]
            return fresh if len(fresh) == len(held) else None

    def book(self, symbol: str) -> BookTick | None:
        """Return the book of a coin, None when it is not fresh."""
        with self._lock:
            held = self._books.get(symbol)
            is_fresh = held is not None and self._clock() - held[0] <= FRESH_BOOK_SECONDS
            return held[1] if held is not None and is_fresh else None
