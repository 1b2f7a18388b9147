"""Examples of the routes of one decision's proof."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.trading.api.examples import ACCOUNT_ID, BEFORE, SEAL

_RUN = "run_2q7c0m5k9x"
_ACTION: dict[str, Any] = {
    "index": 0,
    "status": "denied",
    "reasonCode": "COOLDOWN",
    "at": "2026-03-02T12:00:02+00:00",
    "execution": {"digest": SEAL, "sequence": 12, "previousDigest": BEFORE, "text": None},
    "policy": None,
    "terms": [],
    "quote": None,
    "book": None,
    "fills": [],
    "ledger": [],
}
_KEPT = {"digest": "", "key": "", "document": None}
_BUNDLE = {
    "schema": "decision_bundle_v2",
    "run": _RUN,
    "account": ACCOUNT_ID,
    "record": {"digest": SEAL, "document": None},
    "previousDigest": BEFORE,
    "nextPreviousDigest": SEAL,
    "context": {
        "digest": "",
        "key": "",
        "inSections": False,
        "sections": dict.fromkeys(("head", "market", "account", "limits", "prompt"), _KEPT),
    },
    "strategy": {"digest": "", "key": "", "text": None},
    "prompt": {"digest": "", "key": "", "text": None},
    "answer": {"digest": "", "key": "", "text": None},
    "actions": [_ACTION],
    "damaged": [],
}
_STEP = {
    "name": "record",
    "part": "sealed",
    "status": "identical",
    "action": None,
    "sentence": "The record, hashed again, has the digest it was sealed with.",
    "where": "",
    "expected": "",
    "found": "",
    "digests": [{"name": "record", "digest": SEAL}],
}
_FOUND = {
    "run": _RUN,
    "recordDigest": SEAL,
    "status": "identical",
    "checkedAt": "2026-03-02T12:10:00Z",
    "steps": [_STEP],
}
BUNDLE = [OpenApiExample("A decision to check", value=_BUNDLE, response_only=True)]
VERIFICATION = [OpenApiExample("An identical decision", value=_FOUND, response_only=True)]
