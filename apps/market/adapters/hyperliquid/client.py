"""The questions asked of the Hyperliquid info API, one method each, within what the venue allows."""

import time
from collections.abc import Callable

from django.conf import settings

from apps.core import breaker, limits
from apps.core.errors import AdapterError, AdapterFault
from apps.core.http import Client
from apps.market.types import HOUR_MS, INTERVALS_MS

LONGEST_WAIT_SECONDS = 5.0
"""As long as a cycle: prices come back with the second one after the venue does."""
NAME = "hyperliquid"
CANDLES_KEPT = 5_000
FUNDING_ROWS = 500
LIGHT, HEAVY = 2, 20
CANDLES_PER_WEIGHT, FUNDING_PER_WEIGHT = 60, 20
"""The venue's weights and answers (documentation of August 2026): 1200 a minute and address."""
LIGHT_QUESTIONS = frozenset({"l2Book", "allMids"})
OTHERS_LEAVE, BOOKS_LEAVE = 4, 3
"""Prices come first: candles, funding and history leave a quarter of the budget to them, books a third to all."""
PAUSE_SECONDS = 1.0
BODY_SECONDS = 10.0


class InfoClient:
    """Asks the venue over HTTP; every method returns the JSON body or raises AdapterError.

    All processes share one budget of weights, `settings.HYPERLIQUID_WEIGHT_PER_MINUTE`. When it is spent the fault is
    BUDGET_SPENT, after waiting for at most `wait_up_to` seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout_seconds: float = 3.0,
        wait_up_to: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare a client; nothing is sent yet."""
        self._url = base_url
        self._timeout = timeout_seconds
        self._wait_up_to = wait_up_to
        self._sleep = sleep
        self._http = Client(base_url, timeout=timeout_seconds, deadline=BODY_SECONDS, max_bytes=4_000_000)

    def patient(self, *, wait_up_to: float) -> "InfoClient":
        """Return a client of the same venue that waits for the budget."""
        return InfoClient(self._url, timeout_seconds=self._timeout, wait_up_to=wait_up_to, sleep=self._sleep)

    def _ask(self, document: dict[str, object]) -> object:
        waited = 0.0
        while True:
            try:
                return breaker.guarded(NAME, lambda: self._paid(document), longest_wait=LONGEST_WAIT_SECONDS)
            except AdapterError as error:
                is_over = waited + PAUSE_SECONDS > self._wait_up_to
                if error.fault is not AdapterFault.BUDGET_SPENT or is_over:
                    raise
            # Outside the breaker: who waits for the budget must not hold the one trial of everybody.
            self._sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS

    def _paid(self, document: dict[str, object]) -> object:
        self._pay(document)
        return self._http.post_json("/info", json=document)

    def _pay(self, document: dict[str, object]) -> None:
        budget = settings.HYPERLIQUID_WEIGHT_PER_MINUTE
        reserve = _reserve(document["type"], budget)
        try:
            limits.take(NAME, self._url, rate=f"{budget}/minute", cost=weight_of(document), reserve=reserve)
        except limits.RateLimited as error:
            raise AdapterError(
                f"the budget of {budget} weights a minute is spent",
                transient=True,
                fault=AdapterFault.BUDGET_SPENT,
                retry_after=float(error.retry_after),
            ) from None

    def meta_and_contexts(self) -> object:
        """Ask for the universe and the prices of every asset."""
        return self._ask({"type": "metaAndAssetCtxs"})

    def all_mids(self) -> object:
        """Ask for every mid."""
        return self._ask({"type": "allMids"})

    def candles(self, *, symbol: str, interval: str, start_ms: int, end_ms: int) -> object:
        """Ask for candles whose span touches the window."""
        question: dict[str, object] = {
            "coin": symbol,
            "interval": interval,
            "startTime": start_ms,
            "endTime": end_ms,
        }
        return self._ask({"type": "candleSnapshot", "req": question})

    def book(self, *, symbol: str) -> object:
        """Ask for the book, at most 20 levels a side."""
        return self._ask({"type": "l2Book", "coin": symbol})

    def funding_history(self, *, symbol: str, start_ms: int, end_ms: int) -> object:
        """Ask for the funding that was paid in the window; at most 500 hours come."""
        return self._ask({"type": "fundingHistory", "coin": symbol, "startTime": start_ms, "endTime": end_ms})


def _reserve(kind: object, budget: int) -> int:
    if kind == "metaAndAssetCtxs":
        return 0
    return budget // (BOOKS_LEAVE if kind == "l2Book" else OTHERS_LEAVE)


def weight_of(document: dict[str, object]) -> int:
    """Return what the venue charges for a question, by the answer that is to be expected."""
    if document["type"] in LIGHT_QUESTIONS:
        return LIGHT
    asked = document.get("req", document)
    if not isinstance(asked, dict) or "startTime" not in asked:
        return HEAVY
    span = asked["endTime"] - asked["startTime"]
    if document["type"] == "candleSnapshot":
        rows, share = min(CANDLES_KEPT, span // INTERVALS_MS[asked["interval"]] + 2), CANDLES_PER_WEIGHT
    else:
        rows, share = min(FUNDING_ROWS, span // HOUR_MS + 1), FUNDING_PER_WEIGHT
    return HEAVY + -(-rows // share)
