"""Examples of the lifecycle routes for the API's document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.competition.types import RulebookTerms
from apps.core.json_strict import dumps_canonical, sha256_hex

CLONE = {"cloneId": "cln_4Zt0Qm9uVb2Yw7Kc1Nf3Xa", "cloneName": "Rubber Band"}
AUDITION_ID = "aud_7Hq2Lk5sPd8Rt1Vw4Zx6Bc"
DOCUMENT = RulebookTerms().document()
DIGEST = sha256_hex(dumps_canonical(DOCUMENT))
AT, END, LATER = "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T09:31:00Z"


def _sent(name: str, value: Any) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, request_only=True)]


def _answered(name: str, value: Any, status: str = "200") -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True, status_codes=[status])]


_AUDITION = {
    "id": AUDITION_ID,
    **CLONE,
    "accountId": "acc_2Bc7Hq5sPd8Rt1Vw4Zx6Lk",
    "status": "running",
    "reason": "",
    "startedAt": AT,
    "endsAt": END,
    "resultAt": None,
    "extendedMinutes": 0,
    "deferredReason": "",
    "isFlagged": False,
    "start": "100000",
    "equity": "101250.5",
    "target": "103000",
    "floor": "94000",
    "progressBps": 4168,
    "executedOrders": 7,
    "minOrders": 5,
    "rulebookDigest": DIGEST,
    "rulebookTitle": DOCUMENT["title"],
    "demonstration": False,
}
CLONES = _answered("On its audition", {**CLONE, "state": "audition_running"})
STANDINGS = _answered(
    "The first of the Arena",
    {
        "rank": 1,
        "slotNumber": 3,
        **CLONE,
        "accountId": "acc_9Pd8Rt1Vw4Zx6Lk2Bc7Hq5",
        "since": AT,
        "equity": "104120.25",
        "returnBps": 412,
        "maxDrawdownBps": 130,
        "executedOrders": 21,
        "openPositions": 2,
    },
)
QUEUE = _answered(
    "Passed over while its profile is hidden",
    {
        "sequence": 17,
        "cloneId": CLONE["cloneId"],
        "cloneName": "Hidden clone",
        "status": "waiting",
        "reason": "PROFILE_NOT_LIVE",
        "waitingSince": LATER,
    },
)
LISTED = _answered("A running audition", _AUDITION)
AUDITION = _answered("A running audition", _AUDITION)
SUBMIT = [
    *_sent("Under the rulebook that was read", {"cloneId": CLONE["cloneId"], "rulebookDigest": DIGEST}),
    *_answered("It has begun", _AUDITION, "201"),
]
RETRY = [
    *_sent("Under whatever rulebook rules it", {}),
    *_answered("Another one has begun", _AUDITION, "201"),
]
VERDICT = _answered(
    "Passed as it touched the target",
    {
        "auditionId": AUDITION_ID,
        "status": "passed",
        "reason": "TARGET_REACHED",
        "rule": "Equity reached $103,000.00 with 7 executed orders.",
        "rulebookDigest": DIGEST,
        "resultAt": LATER,
        "at": LATER,
        "before": "102988.4",
        "after": "103002.75",
        "limit": "103000",
        "path": [{"at": LATER, "equity": "103002.75", "balance": "102500"}],
        "steps": [
            {
                "at": AT,
                "orderId": "ord_4Zx6Bc7Hq2Lk5sPd8Rt1Vw",
                "runId": "run_8Rt1Vw4Zx6Bc7Hq2Lk5sPd",
                "symbol": "BTC",
                "side": 1,
                "cause": "action",
                "notional": "25000",
                "fee": "11.25",
                "realized": "0",
            }
        ],
    },
)
RULEBOOK = _answered(
    "The usual terms",
    {"digest": DIGEST, "title": DOCUMENT["title"], "document": DOCUMENT, "publishedAt": AT},
)
REFUNDS = _answered(
    "Of a voided audition",
    {
        "id": "rfa_1Vw4Zx6Bc7Hq2Lk5sPd8Rt",
        **CLONE,
        "entitlementId": "ent_5sPd8Rt1Vw4Zx6Bc7Hq2Lk",
        "auditionId": AUDITION_ID,
        "status": "authorised",
        "reason": "Prices were wrong for an hour.",
        "askedAt": LATER,
        "decidedAt": END,
        "decisionReason": "So they were.",
    },
)
SYNC = _answered("One clone admitted", {"seen": 3, "done": 1, "skipped": 2, "failed": 0, "failures": []})
