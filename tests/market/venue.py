"""A venue on this machine that speaks the live venue's shapes over HTTP, about prices that move with real time.

`python -m tests.market.venue` keeps one running, its socket included, for
`HYPERLIQUID_URL=http://127.0.0.1:8901 HYPERLIQUID_WS_URL=ws://127.0.0.1:8902/ws manage.py up`.
"""

import argparse
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from apps.exchange.types import Instrument
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.types import MINUTE_MS, Bar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LINKED = [[51, {"description": "tiered 10x", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 10}]}]]
HALF_A_GIGABYTE = 500_000_000
SENSELESS: dict[str, Callable[[bytes], bytes]] = {
    "html": lambda data: b"<html><body>502 Bad Gateway</body></html>",
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "null": lambda data: b"null",
    "list": lambda data: b"[]",
    "bom": lambda data: b"\xef\xbb\xbf" + data,
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "latin-1": lambda data: '"café"'.encode("latin-1"),
    "bomb": lambda data: bomb(),
}
"""Bodies of a 200 that make no sense."""
GONE = {"funding": "0.0", "markPx": "0.37621", "oraclePx": "0.37621", "midPx": None, "impactPxs": None}


@lru_cache
def bomb() -> bytes:
    """Two hundred megabytes of blanks in a fifth of one."""
    packer, blanks = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * 1_048_576
    return b"".join(packer.compress(blanks) for _ in range(200)) + packer.flush()


def plain(value: int, decimals: int) -> str:
    """A scaled integer as the venue's decimal string."""
    sign, digits = "-" if value < 0 else "", str(abs(value)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{fraction or '0'}"


def forming(bar: Bar, elapsed: int) -> Bar:
    """A minute as it stands so many milliseconds after its begin: first the open, then the high, then the low."""
    high = bar.high_micros if elapsed >= 15_000 else bar.open_micros
    low = bar.low_micros if elapsed >= 30_000 else bar.open_micros
    last = low if elapsed >= 30_000 else high
    return Bar(bar.open_ms, bar.open_micros, high, low, last, bar.volume_micros * elapsed // MINUTE_MS)


class Market:
    """Answers to the questions of the info API, from the synthetic market of a seed at the real time."""

    def __init__(self, *, seed: int = 7, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = SyntheticSource(seed=seed)
        self._clock = clock
        self._instruments = {
            item.symbol: item for item in (listing.instrument for listing in self._source.listings())
        }

    def now(self) -> datetime:
        """The venue's time."""
        return self._clock()

    def answer(self, question: Any) -> tuple[int, Any]:
        """Status and JSON body; 422 for a question that the venue does not know."""
        kind = question.get("type") if isinstance(question, dict) else None
        known: dict[str, Callable[[dict[str, Any]], Any]] = {
            "meta": lambda _: self._meta(),
            "metaAndAssetCtxs": lambda _: [self._meta(), [*map(self._context, self._instruments), GONE]],
            "allMids": lambda _: {name: self._context(name)["midPx"] for name in self._instruments},
            "candleSnapshot": lambda asked: self._candles(**asked["req"]),
            "l2Book": lambda asked: self._book(asked["coin"]),
            "fundingHistory": self._funding,
        }
        if kind not in known:
            return 422, None
        return 200, known[kind](question)

    def _meta(self) -> dict[str, Any]:
        universe = [self._describe(item) for item in self._instruments.values()]
        gone = {"szDecimals": 1, "name": "MATIC", "maxLeverage": 20, "marginTableId": 20, "isDelisted": True}
        return {"universe": [*universe, gone], "marginTables": LINKED, "collateralToken": 0}

    @staticmethod
    def _describe(item: Instrument) -> dict[str, Any]:
        leverage = min(item.max_leverage, 49)
        size = {"szDecimals": item.size_decimals, "name": item.symbol, "maxLeverage": leverage}
        return {**size, "marginTableId": leverage}

    def _context(self, name: str) -> dict[str, Any]:
        tick = self._source.quotes(symbols=[name], at=self._clock())[0]
        prices = (tick.mark_micros, tick.oracle_micros, tick.mid_micros)
        mark, oracle, mid = (plain(price or 0, 6) for price in prices)
        return {
            "funding": plain(tick.funding_rate_e10, 10),
            "openInterest": "605822.2557999999",
            "prevDayPx": mark,
            "dayNtlVlm": "1947297768.6154108047",
            "premium": "-0.0004434847",
            "oraclePx": oracle,
            "markPx": mark,
            "midPx": mid,
            "impactPxs": [mid, mid],
            "dayBaseVlm": "23194.12424",
        }

    def _candles(self, coin: str, interval: str, startTime: int, endTime: int) -> Any:
        """From the candle that contains the start to the one still forming; null for an unknown coin."""
        if coin not in self._instruments or interval != "1m":
            return None
        last = min(endTime, (self._clock() - EPOCH) // MILLISECOND) // MINUTE_MS * MINUTE_MS
        first = max(startTime // MINUTE_MS * MINUTE_MS, last - 4_999 * MINUTE_MS)
        bars = self.tape(coin, first, last + MINUTE_MS)
        elapsed = (self._clock() - EPOCH) // MILLISECOND - bars[-1].open_ms if bars else 0
        if bars and elapsed < MINUTE_MS:
            bars[-1] = forming(bars[-1], elapsed)
        return [
            {
                "t": bar.open_ms,
                "T": bar.open_ms + MINUTE_MS - 1,
                "s": coin,
                "i": interval,
                "o": plain(bar.open_micros, 6),
                "c": plain(bar.close_micros, 6),
                "h": plain(bar.high_micros, 6),
                "l": plain(bar.low_micros, 6),
                "v": plain(bar.volume_micros, 6),
                "n": 35 if elapsed >= MINUTE_MS or bar is not bars[-1] else 35 * elapsed // MINUTE_MS,
            }
            for bar in bars
        ]

    def tape(self, coin: str, start_ms: int, end_ms: int) -> list[Bar]:
        """The minutes in [start, end) as they are in the end."""
        start, end = (EPOCH + edge * MILLISECOND for edge in (start_ms, end_ms))
        return self._source.candles(symbol=coin, interval_ms=MINUTE_MS, start=start, end=end)

    def _book(self, coin: str) -> Any:
        if coin not in self._instruments:
            return None
        now, decimals = self._clock(), self._instruments[coin].size_decimals
        book = self._source.book(symbol=coin, at=now)
        levels = [
            [{"px": plain(price, 6), "sz": plain(size, decimals), "n": 3} for price, size in side]
            for side in (book.bids, book.asks)
        ]
        return {"coin": coin, "time": (now - EPOCH) // MILLISECOND, "levels": levels, "spread": "1.0"}

    def _funding(self, asked: dict[str, Any]) -> Any:
        hour = 3_600_000
        until = min(asked.get("endTime", 2**53), (self._clock() - EPOCH) // MILLISECOND)
        first = -(-asked["startTime"] // hour)
        return [
            {"coin": asked["coin"], "fundingRate": "0.0000125", "premium": "0.0", "time": number * hour + 15}
            for number in range(first, until // hour + 1)
        ][:500]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up."""


class Venue:
    """The server: `url`, what it was `asked`, and the `fault` it answers with (None while it is well).

    A fault is 500, 429 or another status, one of `SENSELESS`, "redirect" (to `elsewhere`), "huge" (announces half a
    gigabyte), "reset", "reset mid-body" or "silence"; `faulty` says for which questions. A status may come with a
    `retry_after`: seconds, or a moment.
    """

    def __init__(self, market: Market, *, port: int = 0) -> None:
        self.market = market
        self.asked: list[dict[str, Any]] = []
        self.fault: int | str | None = None
        self.retry_after: str | datetime | None = None
        self.elsewhere = ""
        self.faulty: Callable[[dict[str, Any]], bool] = lambda question: True
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        """Answer until `close` is called by another thread."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(venue) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                venue.asked.append(question)
                fault = venue.fault if venue.faulty(question) else None
                status, body = venue.market.answer(question)
                data = json.dumps(body).encode() if status == 200 else b"Failed to deserialize the JSON body"
                if fault == "silence":
                    time.sleep(10)
                if fault == "reset":
                    self._hang_up()
                    return
                if isinstance(fault, int):
                    status, data = fault, b"null"
                if isinstance(fault, str) and fault in SENSELESS:
                    data = SENSELESS[fault](data)
                length = HALF_A_GIGABYTE if fault == "huge" else len(data)
                self.send_response(307 if fault == "redirect" else status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(length))
                if fault == "bomb":
                    self.send_header("Content-Encoding", "gzip")
                if fault == "redirect":
                    self.send_header("Location", venue.elsewhere)
                if isinstance(fault, int) and venue.retry_after is not None:
                    self.send_header("Retry-After", _wish(venue.retry_after))
                self.end_headers()
                if fault == "reset mid-body":
                    self.wfile.write(data[: len(data) // 2])
                    self.wfile.flush()
                    self._hang_up()
                    return
                self.wfile.write(data)
                self.close_connection = fault == "huge"

            def _hang_up(self) -> None:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        return Handler


def _wish(wish: str | datetime) -> str:
    return wish if isinstance(wish, str) else format_datetime(wish, usegmt=True)


@contextmanager
def running(market: Market) -> Iterator[Venue]:
    """A venue on a free port for the length of the block."""
    venue = Venue(market)
    thread = threading.Thread(target=venue.serve, daemon=True)
    thread.start()
    try:
        yield venue
    finally:
        venue.close()
        thread.join()


if __name__ == "__main__":
    from tests.market.venue_socket import serve_in_background

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--socket-port", type=int, default=8902)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    market = Market(seed=chosen.seed)
    serve_in_background(market, port=chosen.socket_port)
    Venue(market, port=chosen.port).serve()
