"""A venue's socket on this machine: it speaks the live venue's frames about a market, and can be hurt in every way."""

import ctypes
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.market.venue import EPOCH, MILLISECOND, MINUTE_MS, Market

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GREETING = "Websocket connection established."
IDLE_MS = 60_000
_LIBC = ctypes.CDLL(None)


class Clock:
    """The one clock of a test: market time, monotonic seconds and epoch ms are the same moment."""

    def __init__(self, now: datetime = START) -> None:
        self.began = self.now = now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return (self.now - self.began).total_seconds()

    def wall_ms(self) -> int:
        return (self.now - EPOCH) // MILLISECOND


def reset(connection: ServerConnection) -> None:
    """End the connection with an RST at once: connect() to no address does so even while a thread reads."""
    with suppress(OSError):
        _LIBC.connect(connection.socket.fileno(), bytes(16), 16)


class _Peer:
    """One client: what it is subscribed to, when it last spoke, and the minute it was told of by coin."""

    def __init__(self, connection: ServerConnection, now_ms: int) -> None:
        self.connection = connection
        self.subscriptions: list[tuple[str, str]] = []
        self.spoke_ms = now_ms
        self.minutes: dict[str, int] = {}


class SocketVenue:
    """The socket: `speak()` sends every client what changed by the market's clock.

    Faults: `is_silent` (it accepts and says nothing, not even pong), `garbage` (frames sent before each true one),
    `muted` (kinds and coins that get no frames), `lost` (coins whose minutes' last states are not sent), `echo` (every
    candle frame comes twice, an old one in between), `refuses` (connections are reset at once), `kill()`, and `fate`,
    asked before each frame whether to reset everybody.
    """

    def __init__(self, market: Market, *, port: int = 0) -> None:
        self.market = market
        self.peers: list[_Peer] = []
        self.received: list[dict[str, Any]] = []
        self.accepted = self.kills = 0
        self.is_silent = self.refuses = self.echo = False
        self.garbage: tuple[str | bytes, ...] = ()
        self.muted: set[tuple[str, str]] = set()
        self.lost: set[str] = set()
        self.fate: Callable[[], bool] = lambda: False
        self._lock = threading.Lock()
        self._server = serve(self._attend, "127.0.0.1", port, ping_interval=None, compression=None)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/ws"

    def serve(self) -> None:
        """Accept until `close` is called by another thread."""
        self._server.serve_forever()

    def close(self) -> None:
        """Stop accepting and reset everybody."""
        self._server.shutdown()
        self.kill()

    def kill(self) -> None:
        """Reset every connection."""
        with self._lock:
            peers, self.peers = self.peers, []
        self.kills += bool(peers)
        for peer in peers:
            reset(peer.connection)

    def _now_ms(self) -> int:
        return (self.market.now() - EPOCH) // MILLISECOND

    def _attend(self, connection: ServerConnection) -> None:
        self.accepted += 1
        if self.refuses:
            reset(connection)
            return
        peer = _Peer(connection, self._now_ms())
        with suppress(ConnectionClosed, OSError):
            connection.send(GREETING)
            with self._lock:
                self.peers.append(peer)
            for text in connection:
                self._hear(peer, json.loads(text))
        with self._lock, suppress(ValueError):
            self.peers.remove(peer)

    def _hear(self, peer: _Peer, message: dict[str, Any]) -> None:
        self.received.append(message)
        peer.spoke_ms = self._now_ms()
        if self.is_silent:
            return
        if message["method"] == "ping":
            self._send(peer, "pong", None)
            return
        asked = message["subscription"]
        key = (asked["type"], asked["coin"])
        with self._lock:
            if message["method"] == "unsubscribe":
                peer.subscriptions = [known for known in peer.subscriptions if known != key]
            elif key not in peer.subscriptions:
                peer.subscriptions.append(key)
        self._send(peer, "subscriptionResponse", message)

    def _send(self, peer: _Peer, channel: str, data: Any) -> None:
        frame = {"channel": channel} if data is None else {"channel": channel, "data": data}
        peer.connection.send(json.dumps(frame))

    def speak(self) -> int:
        """Send everybody the present candles, contexts and books of what they are subscribed to; return how many."""
        if self.is_silent:
            return 0
        sent = 0
        now, said = self._now_ms(), self._say()
        with self._lock:
            peers = list(self.peers)
        for peer in peers:
            if now - peer.spoke_ms >= IDLE_MS:
                peer.connection.close()
                continue
            with suppress(ConnectionClosed, OSError):
                sent += self._speak_to(peer, said)
        return sent

    def _say(self) -> Callable[[str, str], list[Any]]:
        contexts: dict[str, Any] = {}

        def say(kind: str, coin: str) -> list[Any]:
            if kind == "activeAssetCtx":
                if not contexts:
                    meta, rows = self.market.answer({"type": "metaAndAssetCtxs"})[1]
                    contexts.update(zip((asset["name"] for asset in meta["universe"]), rows, strict=True))
                return [{"coin": coin, "ctx": contexts[coin]}]
            if kind == "l2Book":
                return [self.market.answer({"type": "l2Book", "coin": coin})[1]]
            now = self._now_ms()
            span = {"coin": coin, "interval": "1m", "startTime": now - MINUTE_MS, "endTime": now}
            return list(self.market.answer({"type": "candleSnapshot", "req": span})[1])

        return say

    def _speak_to(self, peer: _Peer, say: Callable[[str, str], list[Any]]) -> int:
        sent = 0
        with self._lock:
            keys = [key for key in peer.subscriptions if key not in self.muted]
        for kind, coin in keys:
            rows = say(kind, coin)
            if kind == "candle":
                rows = self._frames_of(peer, coin, rows)
            for row in rows:
                for junk in self.garbage:
                    peer.connection.send(junk)
                if self.fate():
                    self.kill()
                    return 0
                self._send(peer, kind, row)
                sent += 1 + len(self.garbage)
        return sent

    def _frames_of(self, peer: _Peer, coin: str, rows: list[Any]) -> list[Any]:
        """The forming candle; before it the last state of the one it follows, for a client that was there to see it."""
        told, peer.minutes[coin] = peer.minutes.get(coin), rows[-1]["t"]
        frames = [row for row in rows if told is not None and row["t"] >= told] or rows[-1:]
        if coin in self.lost:
            frames = rows[-1:]
        return [frames[0], rows[0], *frames, rows[0]] if self.echo else frames


@contextmanager
def listening(market: Market) -> Iterator[SocketVenue]:
    """A socket on a free port for the length of the block."""
    venue = SocketVenue(market)
    thread = threading.Thread(target=venue.serve, daemon=True)
    thread.start()
    try:
        yield venue
    finally:
        venue.close()
        thread.join()


def serve_in_background(market: Market, *, port: int) -> None:
    """Keep a socket open for the life of the process, speaking every second."""
    venue = SocketVenue(market, port=port)

    def speak() -> None:
        while True:
            time.sleep(1)
            venue.speak()

    for work in (venue.serve, speak):
        threading.Thread(target=work, daemon=True).start()
