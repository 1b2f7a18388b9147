"""Examples of a dry run for the API's document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

AT, SLOT = "2026-03-01T12:03:20Z", "2026-03-01T12:00:00Z"
_FRESH = {"cash": "100000.00", "equity": "100000.00", "freeMargin": "100000.00"}
_FILL = {
    "symbol": "BTC",
    "side": "buy",
    "sizeLots": 12000,
    "size": "0.12",
    "price": "66000.00",
    "notional": "7920.00",
    "fee": "3.564",
    "realized": "0.00",
    "mid": "65999.50",
    "halfSpread": "0.06",
    "walk": "0.00",
    "leverage": 5,
    "marginMode": "cross",
    "marginChange": "0.00",
    "quoteReference": "quote:48121",
    "bookReference": "book:20034",
    "kernelVersion": "exchange-2",
}
_ACTION = {
    "kind": "open",
    "symbol": "BTC",
    "side": "long",
    "notional": "7920.00",
    "leverage": 5,
    "reduceOnly": False,
    "marginMode": "cross",
    "stop": "64000.00",
    "trailBps": 0,
    "target": "0.00",
    "holdMs": 0,
    "reason": "The last close is above the mean of twenty.",
    "verdict": "executed",
    "code": "",
    "detail": "",
    "gates": [
        {"code": "LEVERAGE_ABOVE_POLICY", "low": 1, "value": 5, "high": 20, "holds": True},
        {"code": "PRICE_STALE", "low": 0, "value": 812, "high": 15000, "holds": True},
    ],
    "fills": [_FILL],
    "after": {"cash": "99996.436", "equity": "99996.376", "freeMargin": "98412.376"},
}
_TRIED = {
    "at": AT,
    "version": None,
    "revision": 5,
    "promptKey": "prompt",
    "symbol": "BTC",
    "engine": "rules",
    "engineRevision": "rules-2",
    "slotAt": SLOT,
    "status": "completed",
    "code": "",
    "detail": "",
    "accountId": "",
    "before": _FRESH,
    "packet": {"schema": "decision_v1", "symbol": "BTC"},
    "prompt": "",
    "rawAnswer": '{"schema":"decision_v1"}',
    "model": "",
    "tokensInCount": 0,
    "tokensCachedCount": 0,
    "tokensOutCount": 0,
    "cost": "0.00",
    "latencyMs": 0,
    "actions": [_ACTION],
}
_STALE: dict[str, Any] = {
    **_TRIED,
    "status": "skipped",
    "code": "CONTEXT_STALE",
    "detail": "the price of BTC is 912000 ms old",
    "packet": None,
    "rawAnswer": "",
    "actions": [],
}

TRY = [
    OpenApiExample("The draft", value={}, request_only=True),
    OpenApiExample(
        "A version, on the open account",
        value={"version": 3, "promptKey": "prompt", "symbol": "BTC", "account": "live"},
        request_only=True,
    ),
]
TRIED = [
    OpenApiExample("It would buy", value=_TRIED, response_only=True),
    OpenApiExample("Nothing sound to decide on", value=_STALE, response_only=True),
]
