"""Examples of profiles, pictures, reports and moderation for the API's document."""

from drf_spectacular.utils import OpenApiExample

from apps.clones.api.examples import AT, CLONE_ID

DIGEST = "0f3a9c1d5e7b2846a0c4e8f1b3d597062c8e4a6f1d3b5970e2c4a6f8b1d3e507"
_REPORT = {"id": "rep_5Kd8Rt1Vw4Zx6Bc7Hq2Ls9", "category": "scam", "status": "open", "reportedAt": AT}
_LISTED = {
    **_REPORT,
    "cloneId": CLONE_ID,
    "cloneName": "Free ETH, write to me",
    "text": "Its description sends people to another site.",
    "reporterId": None,
    "resolvedAt": None,
    "resolution": "",
}
_RESOLVED = {**_LISTED, "status": "upheld", "resolvedAt": AT, "resolution": "Advertises a giveaway."}
_REASON = "Advertises a giveaway of another site."

EDIT = [
    OpenApiExample(
        "A new name", value={"name": "Rubber Band II", "description": "It comes back."}, request_only=True
    )
]
PUBLIC = [
    OpenApiExample(
        "A public profile",
        value={
            "id": CLONE_ID,
            "name": "Rubber Band",
            "description": "Believes that what was stretched comes back.",
            "imageUrl": f"/media/clones/{DIGEST}.webp",
            "status": "live",
            "modelStrength": "light",
            "assets": ["BTC"],
            "streams": ["candles_1m", "mark_price"],
        },
        response_only=True,
    )
]
REPORT = [
    OpenApiExample(
        "A complaint",
        value={"category": "scam", "text": "Its description sends people to another site."},
        request_only=True,
    ),
    OpenApiExample("Filed", value=_REPORT, response_only=True, status_codes=["201"]),
    OpenApiExample("Filed before", value=_REPORT, response_only=True, status_codes=["200"]),
]
LISTED = [OpenApiExample("An open report", value=_LISTED, response_only=True)]
RESOLVE = [
    OpenApiExample("It is right", value={"to": "upheld", "reason": _REASON}, request_only=True),
    OpenApiExample("Resolved", value=_RESOLVED, response_only=True),
]
MODERATE = [
    OpenApiExample("Why", value={"reason": _REASON}, request_only=True),
    OpenApiExample("Hidden", value={"id": CLONE_ID, "status": "hidden"}, response_only=True),
]
