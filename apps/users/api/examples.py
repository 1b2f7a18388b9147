"""Examples of sign-in for the API's document."""

from drf_spectacular.utils import OpenApiExample

ADDRESS = "0x9D85ca56217D2bb651b00f15e694EB7E713637D4"
NONCE = "6f1d2c3b4a5968778695a4b3c2d1e0f9aabbccdd"
STATEMENT = "Sign in to Pump Party."
ISSUED_AT, EXPIRES_AT = "2026-03-01T12:00:00.000Z", "2026-03-01T12:05:00.000Z"
MESSAGE = (
    "localhost:8000 wants you to sign in with your Ethereum account:\n"
    f"{ADDRESS}\n\n{STATEMENT}\n\nURI: http://localhost:8000/sign-in\nVersion: 1\nChain ID: 4326\n"
    f"Nonce: {NONCE}\nIssued At: {ISSUED_AT}\nExpiration Time: {EXPIRES_AT}"
)
_ASKED = {
    "address": ADDRESS,
    "chainId": 4326,
    "domain": "localhost:8000",
    "uri": "http://localhost:8000/sign-in",
}
_TOKENS = {
    "accessToken": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJ0eXAiOiJhY2Nlc3MifQ.c2lnbmF0dXJl",
    "accessExpiresAt": "2026-03-01T12:11:00Z",
    "refreshToken": "pprt_0c1d...",
    "refreshExpiresAt": "2026-03-31T12:01:00Z",
    "sessionId": "ses_4Zt0Qm9uVb2Yw7Kc1Nf3Xa",
}
_WALLET = {"address": ADDRESS.lower(), "chainId": 4326, "linkedAt": "2026-03-01T12:01:00Z"}
_USER = {
    "id": "usr_7Hq2Lk5sPd8Rt1Vw4Zx6Bc",
    "username": "player-7Hq2Lk5sPd",
    "isStaff": False,
    "joinedAt": "2026-03-01T12:01:00Z",
    "wallets": [_WALLET],
}

CHALLENGE = [
    OpenApiExample("A wallet asks", value=_ASKED, request_only=True),
    OpenApiExample(
        "The message to sign",
        value={
            **_ASKED,
            "nonce": NONCE,
            "statement": STATEMENT,
            "issuedAt": ISSUED_AT,
            "expiresAt": EXPIRES_AT,
            "message": MESSAGE,
        },
        response_only=True,
        status_codes=["200"],
    ),
]
PROOF = [
    OpenApiExample(
        "The signed message", value={"message": MESSAGE, "signature": "0x" + "1f" * 65}, request_only=True
    )
]
VERIFY = [
    *PROOF,
    OpenApiExample(
        "Signed in",
        value={**_TOKENS, "user": _USER, "isNewUser": True},
        response_only=True,
        status_codes=["200"],
    ),
]
REFRESH = [
    OpenApiExample("The token held", value={"refreshToken": "pprt_7f3a..."}, request_only=True),
    OpenApiExample("Its successor", value=_TOKENS, response_only=True, status_codes=["200"]),
]
ME = [OpenApiExample("The caller", value=_USER, response_only=True)]
WALLETS = [OpenApiExample("A linked wallet", value=_WALLET, response_only=True)]
LINK = [*PROOF, OpenApiExample("Linked", value=_WALLET, response_only=True, status_codes=["201"])]
SESSIONS = [
    OpenApiExample(
        "This browser",
        value={
            "id": _TOKENS["sessionId"],
            "wallet": ADDRESS.lower(),
            "clientAddress": "203.0.113.7",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
            "authenticatedAt": "2026-03-01T12:01:00Z",
            "lastSeenAt": "2026-03-01T12:30:00Z",
            "expiresAt": _TOKENS["refreshExpiresAt"],
            "isCurrent": True,
        },
        response_only=True,
    )
]
ENDED = [OpenApiExample("Two other devices", value={"endedCount": 2}, response_only=True)]
