"""Examples of the prop routes for the API's document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ACCOUNT_ID = "acc_7Hq2Ls9Vw4Zx6Bc1Nf3XaT"
CLONE_ID = "cln_4Zt0Qm9uVb2Yw7Kc1Nf3Xa"
AT, LATER = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"
SEAL = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
BEFORE = "0f3a9c1d5e7b2846a0c4e8f1b3d597062c8e4a6f1d3b5970e2c4a6f8b1d3e507"


def _answered(name: str, value: Any) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True)]


SUMMARY = {
    "id": ACCOUNT_ID,
    "cloneId": CLONE_ID,
    "cloneName": "Rubber Band",
    "purpose": "arena",
    "status": "active",
    "statusReason": "",
    "waits": [],
    "starting": "100000.00",
    "equity": "100412.07",
    "returnBps": 41,
    "maxDrawdownBps": 88,
    "executedCount": 12,
    "openPositions": 1,
    "openedAt": AT,
    "closedAt": None,
    "lastMarkedAt": LATER,
}
_POSITION = {
    "symbol": "BTC",
    "side": "long",
    "sizeLots": 12000,
    "size": "0.12",
    "entryPrice": "66000.00",
    "mark": "66433.00",
    "notional": "7971.96",
    "unrealized": "51.96",
    "leverage": 5,
    "marginMode": "cross",
    "margin": "1594.392",
    "maintenanceMargin": "99.6495",
    "liquidationPrice": None,
    "changedAt": AT,
}
_STATEMENT = {
    "id": ACCOUNT_ID,
    "ordinal": 7,
    "cloneId": CLONE_ID,
    "purpose": "arena",
    "isPublic": True,
    "status": "active",
    "statusReason": "",
    "tradingMode": "active",
    "halts": [],
    "starting": "100000.00",
    "cash": "100360.11",
    "unrealized": "51.96",
    "equity": "100412.07",
    "peak": "100501.00",
    "low": "99612.44",
    "drawdownBps": 8,
    "maxDrawdownBps": 88,
    "exposure": "7971.96",
    "initialMargin": "1594.392",
    "maintenanceMargin": "99.6495",
    "isolatedMargin": "0.00",
    "freeMargin": "98817.678",
    "feesPaid": "43.52",
    "volume14d": "96711.00",
    "executedCount": 12,
    "waitReason": "",
    "waits": [],
    "isStale": False,
    "lastMarkedAt": LATER,
    "lastMarkDigest": SEAL,
    "ledgerSequence": 58,
    "ledgerHead": SEAL,
    "openedAt": AT,
    "closedAt": None,
    "closedReason": "",
    "policy": {
        "sequence": 1,
        "digest": BEFORE,
        "document": {"version": "policy-2", "allowed_symbols": ["BTC"]},
        "since": AT,
    },
    "positions": [_POSITION],
}
_FILL = {
    "orderSequence": 12,
    "index": 0,
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
    "takenLots": 0,
    "priceAgeMs": 812,
    "quoteReference": "quote:48121",
    "bookReference": "book:20034",
    "terms": BEFORE,
    "kernelVersion": "exchange-2",
    "at": AT,
}
_ORDER = {
    "id": "ord_1Vw4Zx6Bc7Hq2Ls9Rt5Kd8",
    "sequence": 12,
    "cause": "action",
    "decisionRunId": "run_5Kd8Rt1Vw4Zx6Bc7Hq2Ls9",
    "symbol": "BTC",
    "side": "buy",
    "sizeLots": 12000,
    "size": "0.12",
    "status": "filled",
    "placedAt": AT,
    "fills": [_FILL],
}
_ENTRY = {
    "sequence": 57,
    "group": 29,
    "book": "cash",
    "kind": "fee",
    "amount": "-3.564",
    "balanceAfter": "100360.11",
    "reference": "fill:12:0:fee",
    "sourceDigest": SEAL,
    "at": AT,
    "previousHash": BEFORE,
    "hash": SEAL,
}
_SNAPSHOT = {
    "at": LATER,
    "cash": "100360.11",
    "unrealized": "51.96",
    "equity": "100412.07",
    "maintenance": "99.6495",
    "ledgerSequence": 58,
    "markDigest": SEAL,
}
_TRIGGER = {
    "id": "trg_6Bc7Hq2Ls9Rt5Kd81Vw4Zx",
    "symbol": "BTC",
    "kind": "stop",
    "side": "long",
    "status": "standing",
    "statusReason": "",
    "price": "64000.00",
    "trailBps": 0,
    "best": "0.00",
    "expiresAt": None,
    "orderId": None,
    "setAt": AT,
    "endedAt": None,
}
_PARTS = {
    "priceMoves": "456.11",
    "halfSpread": "-0.48",
    "walk": "-0.04",
    "fees": "-43.52",
    "funding": "0.00",
    "adjustments": "0.00",
    "backstop": "0.00",
    "profit": "412.07",
}
_MONEY = {
    "start": "100000.00",
    "cash": "100360.11",
    "realized": "403.63",
    "unrealized": "51.96",
    "equity": "100412.07",
    "traded": "96711.00",
    "fillCount": 12,
    "parts": _PARTS,
    "assets": [
        {
            "symbol": "BTC",
            "parts": _PARTS,
            "realized": "403.63",
            "unrealized": "51.96",
            "traded": "96711.00",
            "fillCount": 12,
        }
    ],
}

_REASON = "Its owner asked for a pause while they change it."
_HELD = {
    "id": "hld_9Rt5Kd81Vw4Zx6Bc7Hq2Ls",
    "act": "trading.account.adjust",
    "accountId": ACCOUNT_ID,
    "summary": "Book $12.50 out of the account of Rubber Band",
    "reason": "A fee was booked twice.",
    "status": "waiting",
    "askedAt": AT,
    "expiresAt": "2026-03-02T12:00:00Z",
}
_ENDED = {
    "act": "trading.account.force-liquidate",
    "summary": "Close every position of Rubber Band and end the account as liquidated",
}


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _held(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["202"])


OPERATED = _answered("An account of a player", {**SUMMARY, "ordinal": 7})
ACT = [_sent("Why", {"reason": _REASON}), *_answered("Afterwards", {**_STATEMENT, "status": "paused"})]
POLICY = [
    _sent(
        "Less leverage",
        {
            "document": {"version": "policy-2", "allowed_symbols": ["BTC"], "max_leverage": 5},
            "fromSequence": 1,
            "reason": "Less leverage while the market is thin.",
        },
    ),
    *_answered("Afterwards", _STATEMENT),
]
ADJUST = [
    _sent("Out of the account", {"amount": "-12.50", "reason": "A fee was booked twice."}),
    _held("It waits", _HELD),
]
LIQUIDATE = [_sent("Why", {"reason": _REASON}), _held("It waits", {**_HELD, **_ENDED})]
LISTED = _answered("An account in the Arena", SUMMARY)
ACCOUNT = _answered("A statement", _STATEMENT)
ORDERS = _answered("A decision's order", _ORDER)
FILLS = _answered("A receipt", _FILL)
LEDGER = _answered("The cash leg of a fee", _ENTRY)
EQUITY = _answered("A snapshot", _SNAPSHOT)
TRIGGERS = _answered("A standing stop", _TRIGGER)
AS_OF = _answered(
    "An hour ago",
    {
        "id": ACCOUNT_ID,
        "at": AT,
        "ledgerSequence": 58,
        "ledgerHead": SEAL,
        "orderSequence": 12,
        "balances": {
            "cash": "100360.11",
            "capital": "-100000.00",
            "fees": "43.52",
            "pnl": "-403.63",
            "funding": "0.00",
            "adjustment": "0.00",
        },
        "positions": [
            {
                "symbol": "BTC",
                "side": "long",
                "sizeLots": 12000,
                "cost": "7920.00",
                "leverage": 5,
                "marginMode": "cross",
                "margin": "0.00",
                "realized": "-3.564",
            }
        ],
        "volume14d": "96711.00",
        "status": "active",
        "policySequence": 1,
        "policy": {"version": "policy-2", "allowed_symbols": ["BTC"]},
        "faults": [],
    },
)
MONEY = _answered("A profit taken apart", _MONEY)
