"""Examples of the routes of the daily roots; the numbers are those of a true proof."""

from drf_spectacular.utils import OpenApiExample

from apps.trading.api.examples import ACCOUNT_ID, BEFORE, SEAL

_DAY = {
    "date": "2026-03-02",
    "root": "f9a5a83e495c0032cb462174a6e9d0427fb9c3b902b45f8bfb416997a6f7943d",
    "previousRoot": SEAL,
    "tree": "4ce35cfe0dec437070d5d6a84cf55a510877c545486b5c525c55e3c2fd8cfd97",
    "accountsCount": 2,
    "madeAt": "2026-03-03T00:05:04Z",
}
_MEMBERSHIP = {
    "day": _DAY,
    "account": ACCOUNT_ID,
    "decisions": {"sequence": 288, "digest": SEAL},
    "executions": {"sequence": 12, "digest": BEFORE},
    "ledger": {"sequence": 96, "digest": SEAL},
    "leafHash": "3668c800b05269054eb32da76cfc397d277d6f7ea9485d4d13e5b360e6af9a6e",
    "path": [{"isLeft": True, "hash": BEFORE}],
}
LISTED = [OpenApiExample("A sealed day", value=_DAY, response_only=True)]
DAY = LISTED
MEMBERSHIP = [OpenApiExample("An account under a root", value=_MEMBERSHIP, response_only=True)]
