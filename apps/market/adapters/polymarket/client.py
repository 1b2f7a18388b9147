"""The questions asked of Polymarket's Gamma API, one method each."""

from datetime import datetime

from apps.core import breaker
from apps.core.errors import AdapterError
from apps.core.http import Client

TAG_SLUG = "crypto"
"""The slug of Polymarket's crypto tag (its site's /crypto; `tag_slug` of events as documented on 2026-05-06)."""
EVENTS_PER_PAGE = 100
"""Gamma allows 500 (docs of 2026-05-06); a hundred with their markets are some megabytes."""
LARGEST_PAGE_BYTES = 16_000_000
TIMEOUT_SECONDS = 10.0
DEADLINE_SECONDS = 30.0


class GammaClient:
    """Asks Gamma over HTTP; every method returns the JSON body or raises AdapterError."""

    def __init__(self, base_url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Prepare a client; nothing is sent yet."""
        self._http = Client(
            base_url, timeout=timeout_seconds, deadline=DEADLINE_SECONDS, max_bytes=LARGEST_PAGE_BYTES
        )

    def open_events(self, *, cursor: str | None) -> object:
        """Ask for a page of open crypto events with their markets and tags."""
        return self._events({"closed": "false"}, cursor)

    def closed_events(self, *, since: datetime, until: datetime, cursor: str | None) -> object:
        """Ask for a page of closed crypto events that ended in the span."""
        span = {"end_date_min": _iso(since), "end_date_max": _iso(until)}
        return self._events({"closed": "true", **span}, cursor)

    def market(self, market_id: str) -> object:
        """Ask for one market, None when Gamma knows it no more."""
        try:
            return self._ask(f"/markets/{market_id}", {})
        except AdapterError as error:
            if error.status == 404:
                return None
            raise

    def _events(self, filters: dict[str, str], cursor: str | None) -> object:
        # Only this name moves the page on: `cursor` and `next_cursor` are ignored and give the first page for ever.
        place = {"after_cursor": cursor} if cursor else {}
        fixed = {"tag_slug": TAG_SLUG, "limit": str(EVENTS_PER_PAGE)}
        return self._ask("/events/keyset", {**fixed, **filters, **place})

    def _ask(self, path: str, params: dict[str, str]) -> object:
        return breaker.guarded("polymarket", lambda: self._http.get_json(path, params=params, any_text=True))


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
