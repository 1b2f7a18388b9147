"""Examples of the clones routes for the API's document; the graph in them compiles."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.clones import graph

CLONE_ID = "cln_4Zt0Qm9uVb2Yw7Kc1Nf3Xa"
AT = "2026-03-01T12:00:00Z"
GRAPH = graph.basic(assets=["BTC"], strategy="trend", behaviour="bold")
LATER_GRAPH = graph.basic(assets=["BTC"], strategy="breakout", behaviour="bold")
COMPILED = graph.compile(GRAPH)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def _sent(name: str, value: Any) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, request_only=True)]


def _answered(name: str, value: Any, status: str = "200") -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True, status_codes=[status])]


_CLONE = {
    "id": CLONE_ID,
    "name": "Rubber Band",
    "description": "Believes that what was stretched comes back.",
    "imageUrl": None,
    "status": "live",
    "setup": "configured",
    "activeVersion": 1,
    "tier": "starter",
    "modelStrength": "light",
    "isMock": True,
    "isFrozen": False,
    "forkedFrom": None,
    "createdAt": AT,
}
_VERSION = {
    "id": "ver_7Hq2Lk5sPd8Rt1Vw4Zx6Bc",
    "number": 1,
    "digest": DIGEST,
    "isActive": True,
    "publishedAt": AT,
}

CLONES = _answered("A clone", _CLONE)
LINEAGE = _answered(
    "A fork that was forked",
    {
        "ancestors": [{"cloneId": CLONE_ID, "cloneName": "Rubber Band", "version": 1}],
        "forks": [
            {"cloneId": "cln_1Vw4Zx6Bc7Hq2Lk5sPd8Rt", "cloneName": "Rubber Band III", "fromVersion": 2}
        ],
    },
)
ENTITLEMENTS = _answered(
    "A bought grant",
    {
        "id": "ent_2Lk5sPd8Rt1Vw4Zx6Bc7Hq",
        "tier": "starter",
        "modelStrength": "light",
        "isMock": False,
        "grantedAt": AT,
        "consumedAt": None,
        "revokedAt": None,
        "revokedReason": "",
    },
)
CATALOGUE = _answered(
    "The first of each kind",
    {
        "streams": [{"key": "candles_1m", "title": "1-minute candles", "intervalMs": 60_000}],
        "bundles": [{"key": "fast", "streams": ["candles_1m", "mark_price"]}],
        "modes": ["auto"],
        "engines": ["rules"],
        "strategies": ["trend"],
        "longestCadenceMinutes": 1440,
        "wakeMoveBps": [50, 2000],
        "longestBehaviour": 4000,
        "mostNodes": 64,
        "tiers": [
            {
                "tier": "starter",
                "activeAssets": 3,
                "enabledPrompts": 1,
                "linksPerAsset": 3,
                "linksInAll": 9,
                "wakingPrompts": 0,
            }
        ],
        "assets": [{"symbol": "BTC", "category": "major", "maxLeverage": 40}],
        "auditionFees": [{"modelStrength": "light", "tier": "starter", "wei": "10000000000000000"}],
        "freeClonesPerUser": 3,
    },
)
CLONE = [*_answered("A clone", _CLONE), *_answered("The new clone", _CLONE, "201")]
CREATE = _sent("A new clone", {"name": "Rubber Band", "document": GRAPH})
FORK = _sent("A fork of version 1", {"name": "Rubber Band II", "version": 1})
DRAFT = _answered("The draft", {"document": GRAPH, "revision": 3, "updatedAt": AT})
SAVE_DRAFT = _sent("A draft", {"document": GRAPH})
RESTORE = _sent("Back to version 1", {"version": 1})
VERSION = _answered("The active version", _VERSION)
VERSION_DETAIL = _answered("A version", {**_VERSION, "document": GRAPH, "compiled": COMPILED.to_document()})
VERSION_DIFF = _answered(
    "Another strategy",
    {
        "before": 1,
        "after": 2,
        "changes": [
            {"kind": change.kind, "path": change.path, "before": change.before, "after": change.after}
            for change in graph.diff(COMPILED, graph.compile(LATER_GRAPH))
        ],
    },
)
CHECK = _sent("A document and a tier", {"document": GRAPH, "tier": "starter"})
REVIEW = [
    *_answered(
        "A sound document",
        {
            "ok": True,
            "faults": [],
            "usage": [
                {"limit": one.limit, "used": one.used, "allowed": one.allowed}
                for one in graph.usage(COMPILED, "starter")
            ],
            "compiled": COMPILED.to_document(),
        },
    ),
    *_answered(
        "A document with a fault",
        {
            "ok": False,
            "faults": [
                {
                    "path": "nodes[2].cadenceMinutes",
                    "code": "VALUE_INVALID",
                    "message": "must be a whole number from 1 to 1440",
                }
            ],
            "usage": [],
            "compiled": None,
        },
    ),
]
BASIC = [
    *_sent("A few choices", {"assets": ["BTC"], "strategy": "trend", "behaviour": "bold"}),
    *_sent(
        "Woken early by a move of 3 % and by its own exits",
        {"assets": ["BTC"], "cadenceMinutes": 60, "wakePriceMoveBps": 300, "wakeStopHit": True},
    ),
]
DOCUMENT = _answered("Their graph", {"document": GRAPH})
