"""Access tokens: short JWTs signed by one of our keys and bound to a session; their word is never enough alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from apps.users.errors import TokenInvalid
from apps.users.models import Session

ALGORITHM = "HS256"
ISSUER = "pumpparty"
AUDIENCE = "pumpparty-api"
TYPE = "access"
LEEWAY = timedelta(seconds=30)
LONGEST_TOKEN = 2048
CLAIMS = frozenset({"iss", "aud", "typ", "sid", "sub", "iat", "exp"})
# Times are compared below with the moment that came in by the front door: the library's own clock shall refuse none.
ANY_TIME = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a sound token says: the public ids of the session and of its user."""

    session_id: str
    user_id: str


class KeyRing(TokenBackend):
    """The library's backend over several keys: the first signs, a token names the one that verifies it."""

    def __init__(self) -> None:
        super().__init__(ALGORITHM, audience=AUDIENCE, issuer=ISSUER, leeway=ANY_TIME)

    def encode(self, payload: dict[str, Any]) -> str:
        """The signed token of these claims, with our issuer, our audience and the name of the key."""
        key_id, secret = settings.ACCESS_KEYS[0]
        named = {**payload, "aud": self.audience, "iss": self.issuer}
        return jwt.encode(named, secret, algorithm=self.algorithm, headers={"kid": key_id})

    def get_verifying_key(self, token: Any) -> str:
        """The key is looked up by name among ours: the header chooses, it never supplies."""
        named = jwt.get_unverified_header(token).get("kid")
        for key_id, secret in settings.ACCESS_KEYS:
            if named == key_id:
                return str(secret)
        raise TokenBackendError("The access token is signed by no key of ours.")


KEYS = KeyRing()


def issue_access(*, session: Session, now: datetime) -> tuple[str, datetime]:
    """A token for the session, signed by the first key, and the moment it runs out (never after the session)."""
    expires_at = min(now + settings.ACCESS_TTL, session.expires_at)
    claims = {
        "typ": TYPE,
        "sid": session.public_id,
        "sub": session.user.public_id,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    return KEYS.encode(claims), expires_at.replace(microsecond=0)


def read_access(*, token: bytes, now: datetime) -> AccessClaims:
    """The claims of a token of ours at `now`; raises TokenInvalid for everything else."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise TokenInvalid("The access token is not one of ours.")
    try:
        claims = KEYS.decode(token)  # type: ignore[arg-type]  # the stubs ask for a Token, the library reads bytes
    except (TokenBackendError, jwt.InvalidTokenError, ValueError, TypeError):
        raise TokenInvalid("The access token is not one of ours.") from None
    if not claims.keys() >= CLAIMS:
        raise TokenInvalid("The access token lacks a claim.")
    _check_times(claims, now)
    if claims["typ"] != TYPE or not all(isinstance(claims[name], str) for name in ("sid", "sub")):
        raise TokenInvalid("The token is no access token.")
    return AccessClaims(session_id=claims["sid"], user_id=claims["sub"])


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    latest = {"iat": moment + leeway, "nbf": moment + leeway}
    for name in ("iat", "exp", "nbf"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TokenInvalid("A time of the access token is no number.")
        if name in latest and value > latest[name]:
            raise TokenInvalid("The access token is not valid yet.")
    if claims["exp"] <= moment:
        raise TokenInvalid("The access token has run out; refresh the session.")
