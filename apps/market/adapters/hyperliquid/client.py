"""The questions asked of the Hyperliquid info API, one method each."""

from apps.core.http import Client


class InfoClient:
    """Asks the venue over HTTP; every method returns the JSON body or raises AdapterError."""

    def __init__(self, base_url: str, *, timeout_seconds: float = 3.0) -> None:
        """Prepare a client; nothing is sent yet."""
        self._http = Client(base_url, timeout=timeout_seconds, max_bytes=4_000_000)

    def _ask(self, document: dict[str, object]) -> object:
        return self._http.post_json("/info", json=document)

    def meta_and_contexts(self) -> object:
        """Ask for the universe and the prices of every asset (weight 20)."""
        return self._ask({"type": "metaAndAssetCtxs"})

    def all_mids(self) -> object:
        """Ask for every mid (weight 2)."""
        return self._ask({"type": "allMids"})

    def candles(self, *, symbol: str, interval: str, start_ms: int, end_ms: int) -> object:
        """Ask for candles whose span touches the window (weight 20 and one per 60 candles)."""
        question: dict[str, object] = {
            "coin": symbol,
            "interval": interval,
            "startTime": start_ms,
            "endTime": end_ms,
        }
        return self._ask({"type": "candleSnapshot", "req": question})

    def book(self, *, symbol: str) -> object:
        """Ask for the book, at most 20 levels a side (weight 2)."""
        return self._ask({"type": "l2Book", "coin": symbol})
