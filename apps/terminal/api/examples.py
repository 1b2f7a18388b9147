"""Examples of the Terminal link for the API's document."""

from drf_spectacular.utils import OpenApiExample

_LINKED = {
    "available": True,
    "status": "linked",
    "id": "trm_5Vb8Nq1Xc4Mz7Kd0Pf3Ts6",
    "profileId": "48151623",
    "handle": "ada",
    "rank": 1204,
    "totalPoints": "88213.5",
    "linkedAt": "2026-03-01T12:00:00Z",
    "syncedAt": "2026-03-01T15:00:00Z",
    "expiresAt": "2026-03-08T12:00:00Z",
}
BEGUN = [
    OpenApiExample(
        "Where the browser goes",
        value={
            "authorizeUrl": "https://terminal.example/authorize?response_type=code&client_id=pumpparty"
            "&redirect_uri=https%3A%2F%2Farena.example%2Fterminal%2Flinked&state=h0Zt..."
            "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
            "expiresAt": "2026-03-01T12:10:00Z",
        },
        response_only=True,
        status_codes=["201"],
    )
]
STATE = [
    OpenApiExample("A linked profile", value=_LINKED, response_only=True, status_codes=["200"]),
    OpenApiExample(
        "An expired link",
        value={**_LINKED, "status": "expired"},
        response_only=True,
        status_codes=["200"],
    ),
]
COMPLETE = [
    OpenApiExample(
        "What came back",
        value={"state": "h0ZtQv9u-Vb2Yw7Kc1Nf3XaPd6RsLq8E", "code": "SplxlOBeZQQYbYS6WxSbIA"},
        request_only=True,
    ),
    STATE[0],
]
