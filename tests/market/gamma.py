"""Polymarket's Gamma API on this machine: its shapes and its keyset paging, about markets that a test sets."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

CRYPTO = {"id": "21", "label": "Crypto", "slug": "crypto", "requiresTranslation": False}
TOKENS = (
    "104239898038807136052399800151408521467737075933964991162589336683346093173875",
    "71183960810705820955071415844881728181970340514894896943812046065452395013351",
)
LARGEST_PAGE = 500


def iso(at: datetime) -> str:
    """A moment as Gamma writes most of them."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def market(number: int, question: str, /, *, ends_at: datetime, **changes: Any) -> dict[str, Any]:
    """A market as it stands inside an event; `changes` replace keys, None takes one away."""
    body: dict[str, Any] = {
        "id": str(number),
        "question": question,
        "conditionId": f"0x{number:064x}",
        "slug": f"market-{number}",
        "resolutionSource": "",
        "endDate": iso(ends_at),
        "liquidity": "20328.3747",
        "startDate": iso(ends_at - timedelta(days=3))[:-1] + ".328428Z",
        "description": "Resolves to Yes if so, else to No.",
        "outcomes": '["Yes", "No"]',
        "outcomePrices": '["0.505", "0.495"]',
        "volume": "9.999997",
        "active": True,
        "closed": False,
        "archived": False,
        "liquidityNum": 20328.3747,
        "volume24hr": 9.999997,
        "clobTokenIds": json.dumps(TOKENS),
        "acceptingOrders": True,
        "spread": 0.009,
        "lastTradePrice": 0.51,
        "bestBid": 0.5,
        "bestAsk": 0.51,
        "umaResolutionStatuses": "[]",
        "feeType": None,
    }
    merged = {**body, **changes}
    return {key: value for key, value in merged.items() if value is not None or key not in changes}


def event(number: int, title: str, markets: list[dict[str, Any]], /, **changes: Any) -> dict[str, Any]:
    """An event with its markets and the crypto tag."""
    return {
        "id": str(number),
        "ticker": f"event-{number}",
        "slug": f"event-{number}",
        "title": title,
        "description": "",
        "startDate": "2026-03-11T09:29:37.152914Z",
        "endDate": markets[0].get("endDate") if markets else None,
        "active": True,
        "closed": bool(markets) and all(row.get("closed") is True for row in markets),
        "archived": False,
        "liquidity": 20328.3747,
        "volume": 9.999997,
        "openInterest": 0,
        "markets": markets,
        "tags": [CRYPTO],
        **changes,
    }


class Gamma:
    """What Gamma would answer; `page_size` is the most it gives however much is asked.

    `answers` replaces bodies by path, `fault` (a status, "html" or "truncated") every answer that `faulty` names,
    `before` is called with the number of each page of events that is asked for.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.page_size = LARGEST_PAGE
        self.answers: dict[str, Any] = {}
        self.fault: int | str | None = None
        self.faulty: Callable[[str], bool] = lambda target: True
        self.before: Callable[[int], None] = lambda number: None
        self.asked: list[str] = []

    def answer(self, target: str) -> tuple[int, bytes]:
        """Status and body of a GET."""
        self.asked.append(target)
        parts = urlsplit(target)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        fault = self.fault if self.faulty(target) else None
        if isinstance(fault, int):
            return fault, b"busy"
        if fault == "html":
            return 200, b"<html><body>checking your browser</body></html>"
        status, body = self._body(parts.path, query)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return status, data[: len(data) // 2] if fault == "truncated" else data

    def find(self, market_id: str) -> dict[str, Any] | None:
        """The market of that id inside its event."""
        rows = (row for entry in self.events for row in entry["markets"])
        return next((row for row in rows if row["id"] == market_id), None)

    def _body(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path in self.answers:
            return 200, self.answers[path]
        if path == "/events/keyset":
            return 200, self._page(query)
        if path.startswith("/markets/"):
            return self._single(path.removeprefix("/markets/"))
        return 404, {"type": "not found error", "error": "not found"}

    def _page(self, query: dict[str, str]) -> Any:
        """Any other parameter for the cursor than `after_cursor` is ignored, as Gamma does."""
        after = json.loads(urlsafe_b64decode(query["after_cursor"])) if "after_cursor" in query else {"id": 0}
        self.before(after.get("page", 0) + 1)
        rows = [row for row in self.events if self._is_asked(row, query) and int(row["id"]) > after["id"]]
        rows.sort(key=lambda row: int(row["id"]))
        size = min(int(query.get("limit", "20")), self.page_size)
        body: dict[str, Any] = {"events": rows[:size]}
        if len(rows) > size:
            place = {"id": int(rows[size - 1]["id"]), "page": after.get("page", 0) + 1}
            body["next_cursor"] = urlsafe_b64encode(json.dumps(place).encode()).decode()
        return body

    @staticmethod
    def _is_asked(row: dict[str, Any], query: dict[str, str]) -> bool:
        ends = row.get("endDate") or ""
        return (
            query.get("closed", "false") == str(row["closed"]).lower()
            and query.get("tag_slug") in (None, *(tag["slug"] for tag in row["tags"]))
            and query.get("end_date_min", "") <= ends <= query.get("end_date_max", "9")
        )

    def _single(self, market_id: str) -> tuple[int, Any]:
        """A market asked for by itself names its event, without markets and tags."""
        for entry in self.events:
            for row in entry["markets"]:
                if row["id"] == market_id:
                    bare = {key: value for key, value in entry.items() if key not in ("markets", "tags")}
                    return 200, {**row, "events": [bare]}
        return 404, {"type": "not found error", "error": "id not found"}
