"""One connection to the venue's socket in one thread: it fills a feed, and comes back whenever it is lost."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid import stream_parse
from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

PING_EVERY = 20.0
SILENT_AFTER = 40.0
"""Seconds without any frame, pongs included, after which a connection counts as dead (the venue closes after 60)."""
STABLE_AFTER = 10.0
"""A connection that lived so long was a good one: the next loss begins with a short wait again."""
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0
STEP = 1.0
TOLD_LOSS = 2
OPEN_TIMEOUT = 5.0


class Link(Protocol):
    """What is used of a connection of the websockets library."""

    def recv(self, timeout: float | None = None, decode: bool | None = None) -> str | bytes:
        """Return the next message; TimeoutError when none came."""
        ...

    def send(self, message: str) -> None:
        """Send a text message."""
        ...

    def close_socket(self) -> None:
        """End the connection at once, without a word."""
        ...


class SilentSocket(Exception):
    """The connection stands and says nothing."""


@dataclass(slots=True)
class SocketState:
    """Counts since the process began; `connected_at` and `heard_at` (of the last frame) are monotonic seconds."""

    connected_at: float | None = None
    heard_at: float = float("-inf")
    connections: int = 0
    failures: int = 0
    frames: int = 0
    malformed: int = 0
    unknown: int = 0
    resubscribed: int = 0
    trouble: str = ""


class Backoff:
    """Growing waits with jitter: at most a dozen connections a minute, however short they live (the venue takes 30)."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._losses = 0

    def after(self, lived: float) -> float:
        """Return how long to wait, in seconds, after a connection that lived so long (0: it never stood)."""
        self._losses = 1 if lived >= STABLE_AFTER else self._losses + 1
        longest = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** min(self._losses - 1, 10))
        return longest * self._rng.uniform(0.5, 1.0)


def open_link(url: str) -> AbstractContextManager[Link]:
    """Connect; raises OSError, TimeoutError or an exception of the library."""
    from websockets.sync.client import connect

    return connect(
        url,
        open_timeout=OPEN_TIMEOUT,
        close_timeout=1,
        ping_interval=None,
        compression=None,
        max_size=stream_parse.MAX_FRAME_BYTES,
    )


class VenueSocket:
    """Keeps a feed filled with the coins that it is told to track; nothing that it meets ends its thread.

    `wall_ms` is this machine's time in epoch ms, `clock` monotonic seconds, `on_close` is called when a minute
    closed. `pause(seconds)` waits between connections and returns early when the socket is to stop.
    """

    def __init__(
        self,
        url: str,
        feed: LiveFeed,
        *,
        wall_ms: Callable[[], int],
        on_close: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
        rng: random.Random | None = None,
        opener: Callable[[str], AbstractContextManager[Link]] = open_link,
        poll_seconds: float = STEP,
    ) -> None:
        self._url, self._feed = url, feed
        self._wall_ms, self._on_close, self._clock = wall_ms, on_close, clock
        self._stopping = threading.Event()
        self._pause = pause or self._stopping.wait
        self._backoff = Backoff(rng or random.Random())
        self._open, self._poll = opener, poll_seconds
        self._lots: Mapping[str, int] = {}
        self._link: Link | None = None
        self._losses = 0
        self._thread = threading.Thread(target=self._run, name="venue-socket", daemon=True)
        self.state = SocketState()

    def track(self, lots: Mapping[str, int]) -> None:
        """Follow exactly these coins, given with their size decimals."""
        for symbol in set(self._lots) - set(lots):
            self._feed.forget(symbol)
        self._lots = dict(lots)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self, timeout: float = 0.5) -> None:
        """End the connection at once and wait shortly for the thread; it is a daemon and holds up no exit."""
        self._stopping.set()
        link = self._link
        if link is not None:
            link.close_socket()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._lots:
                self._pause(STEP)
                continue
            try:
                self._connect_and_listen()
            except Exception as error:
                self._lost(error)
            connected_at, self.state.connected_at = self.state.connected_at, None
            self._feed.disconnected()
            lived = 0.0 if connected_at is None else self._clock() - connected_at
            if not self._stopping.is_set():
                self._pause(self._backoff.after(lived))

    def _lost(self, error: Exception) -> None:
        """Remember why; a loss that the next attempt does not mend is said, once and not at every attempt."""
        self.state.failures += 1
        self.state.trouble = f"{type(error).__name__}: {error}"[:200].splitlines()[0]
        self._losses += 1
        if self._losses == TOLD_LOSS and not self._stopping.is_set():
            logger.warning("The venue's socket is lost (%s); prices come over HTTP.", self.state.trouble)

    def _connect_and_listen(self) -> None:
        with self._open(self._url) as link:
            self._link = link
            try:
                self._listen(link)
            finally:
                self._link = None

    def _listen(self, link: Link) -> None:
        state, now = self.state, self._clock()
        state.connections += 1
        state.connected_at = state.heard_at = pinged_at = now
        self._feed.connected(self._wall_ms())
        subscriptions, stepped_at = Subscriptions(), float("-inf")
        while not self._stopping.is_set():
            now = self._clock()
            if now - stepped_at >= STEP:
                stepped_at = now
                self._resubscribe(link, subscriptions, now)
                if now - pinged_at >= PING_EVERY:
                    pinged_at = now
                    link.send('{"method":"ping"}')
            if now - state.heard_at > SILENT_AFTER:
                raise SilentSocket(f"nothing was heard for {SILENT_AFTER:g} s")
            try:
                data = link.recv(timeout=self._poll, decode=False)
            except TimeoutError:
                continue
            self._take(data, subscriptions)

    def _resubscribe(self, link: Link, subscriptions: Subscriptions, now: float) -> None:
        changes = subscriptions.changes(self._lots, at=now)
        for symbol in changes.interrupted:
            self._feed.interrupted(symbol, self._wall_ms())
            self.state.resubscribed += 1
        for message in changes.messages:
            link.send(json.dumps(message))

    def _take(self, data: str | bytes, subscriptions: Subscriptions) -> None:
        """Keep what a frame says; one that makes no sense is counted."""
        now = self._clock()
        self.state.heard_at = now
        self.state.frames += 1
        try:
            channel, content = stream_parse.frame(data)
            symbol = self._keep(channel, content)
        except AdapterError as error:
            self.state.malformed += 1
            self.state.trouble = error.detail[:200]
            return
        if symbol:
            subscriptions.heard(channel, symbol, now)
            if self._losses >= TOLD_LOSS:
                logger.warning("The venue's socket is back.")
            self._losses = 0

    def _keep(self, channel: str, content: Any) -> str:
        """Put the content of a channel into the feed and return its coin, empty for a channel without one."""
        if channel == "candle":
            found = stream_parse.candle(content, symbols=self._lots, now_ms=self._wall_ms())
            if self._feed.put_candle(found.symbol, found.bar, trades=found.trades):
                self._on_close()
            return found.symbol
        if channel == "activeAssetCtx":
            quote, context = stream_parse.context(content, symbols=self._lots)
            self._feed.put_context(quote, context)
            return quote.symbol
        if channel == "l2Book":
            book = stream_parse.book(content, symbols=self._lots, now_ms=self._wall_ms())
            self._feed.put_book(book)
            return book.symbol
        if channel not in {"greeting", "pong", "subscriptionResponse"}:
            self.state.unknown += 1
        return ""
