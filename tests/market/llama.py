"""DefiLlama on this machine: the shapes of its free API, about figures that a test can set, with faults on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from apps.market.types import CHAIN_OF

BILLION = 1_000_000_000
CHAINS = tuple(CHAIN_OF.values())


class Llama:
    """What DefiLlama would answer at the clock's time; `answers` replaces the body of a path, `fault` every answer.

    A fault is a status, "html" or "truncated"; `faulty` says for which paths.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.tvl = dict.fromkeys(CHAINS, 5.25 * BILLION)
        self.history = 20
        self.answers: dict[str, Any] = {}
        self.fault: int | str | None = None
        self.faulty: Callable[[str], bool] = lambda path: True
        self.asked: list[str] = []

    def answer(self, target: str) -> tuple[int, bytes]:
        """Status and body of a GET."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        self.asked.append(path if not parts.query else f"{path}?{parts.query}")
        fault = self.fault if self.faulty(path) else None
        if isinstance(fault, int):
            return fault, b"busy"
        if fault == "html":
            return 200, b"<html><body>checking your browser</body></html>"
        body = self.answers[path] if path in self.answers else self._body(path, parse_qs(parts.query))
        if isinstance(body, bytes):
            return 200, body
        if body is None:
            return 404, b"Not found"
        data = json.dumps(body).encode()
        return 200, data[: len(data) // 2].rstrip(b"0123456789.") if fault == "truncated" else data

    def _body(self, path: str, query: dict[str, list[str]]) -> Any:
        kind, _, rest = path.strip("/").partition("/")
        if path == "/v2/chains":
            return [
                {"name": name, "tvl": tvl, "chainId": 1, "gecko_id": None} for name, tvl in self.tvl.items()
            ]
        if path.startswith("/v2/historicalChainTvl"):
            level = 5.25 if path.count("/") > 2 else 100.5
            return [{"date": day, "tvl": value} for day, value in self._days(level * BILLION)]
        if kind == "tvl":
            return 400_000_000.5
        if kind == "protocol":
            points = [{"date": day, "totalLiquidityUSD": value} for day, value in self._days(400_000_000)]
            return {"name": rest, "tvl": points, "chainTvls": {}, "hallmarks": []}
        if kind == "overview":
            return self._overview(query)
        if path == "/stablecoins":
            return {"peggedAssets": [self._coin("USDT", 180.5), self._coin("USDC", 75.25)]}
        if path == "/stablecoinchains":
            return [
                {"name": name, "totalCirculatingUSD": {"peggedUSD": 1e9, "peggedEUR": 5e6}} for name in CHAINS
            ]
        if kind == "stablecoincharts":
            return [
                {"date": str(day), "totalCirculatingUSD": {"peggedUSD": value, "peggedEUR": 1_000_000.25}}
                for day, value in self._days((300 if rest == "all" else 1) * BILLION)
            ]
        return None

    def _days(self, value: float) -> list[tuple[int, float]]:
        """A point for each of the last days, and one of now."""
        now = self.clock()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = [today - timedelta(days=back) for back in range(self.history, -1, -1)]
        points = [(int(day.timestamp()), value + place * 1_000) for place, day in enumerate(days)]
        return [*points, (int(now.timestamp()), value + 500_000.125)]

    @staticmethod
    def _coin(symbol: str, billions: float) -> dict[str, Any]:
        circulating = {"peggedUSD": billions * BILLION}
        return {
            "id": "1",
            "name": symbol,
            "symbol": symbol,
            "pegType": "peggedUSD",
            "circulating": circulating,
        }

    @staticmethod
    def _overview(query: dict[str, list[str]]) -> Any:
        assert query["excludeTotalDataChart"] == query["excludeTotalDataChartBreakdown"] == ["true"]
        covered = [chain for chain in CHAINS if chain != "Bitcoin"]
        return {
            "total24h": 2_373_588_819.8,
            "total7d": None,
            "change_1d": 13.48,
            "allChains": covered,
            "chain": None,
        }


@contextmanager
def serving(llama: Llama) -> Iterator[str]:
    """Its address for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = llama.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 14, 35, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let so much time pass."""
        self.now += timedelta(**span)
