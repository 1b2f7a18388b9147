"""Access tokens: short JWTs signed by one of our keys and bound to a session; their word is never enough alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from jwt.types import Options

from apps.users.errors import TokenInvalid
from apps.users.models import Session

ALGORITHM = "HS256"
ISSUER = "pumpparty"
AUDIENCE = "pumpparty-api"
TYPE = "access"
LEEWAY = timedelta(seconds=30)
LONGEST_TOKEN = 2048
CLAIMS = ["iss", "aud", "typ", "sid", "sub", "iat", "exp"]
# Times are compared below with the moment that came in by the front door, not with the library's own clock.
OPTIONS: Options = {"require": CLAIMS, "verify_exp": False, "verify_nbf": False, "verify_iat": False}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a sound token says: the public ids of the session and of its user."""

    session_id: str
    user_id: str


def issue_access(*, session: Session, now: datetime) -> tuple[str, datetime]:
    """A token for the session, signed by the first key, and the moment it runs out (never after the session)."""
    key_id, secret = settings.ACCESS_KEYS[0]
    expires_at = min(now + settings.ACCESS_TTL, session.expires_at)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": TYPE,
        "sid": session.public_id,
        "sub": session.user.public_id,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    token = jwt.encode(claims, secret, algorithm=ALGORITHM, headers={"kid": key_id})
    return token, expires_at.replace(microsecond=0)


def read_access(*, token: bytes, now: datetime) -> AccessClaims:
    """The claims of a token of ours at `now`; raises TokenInvalid for everything else."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise TokenInvalid("The access token is not one of ours.")
    try:
        claims = jwt.decode(
            token,
            _secret_of(jwt.get_unverified_header(token)),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=OPTIONS,
        )
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise TokenInvalid("The access token is not one of ours.") from None
    _check_times(claims, now)
    if claims["typ"] != TYPE or not all(isinstance(claims[name], str) for name in ("sid", "sub")):
        raise TokenInvalid("The token is no access token.")
    return AccessClaims(session_id=claims["sid"], user_id=claims["sub"])


def _secret_of(header: dict[str, Any]) -> str:
    """The key is looked up by name among ours: the header chooses, it never supplies."""
    for key_id, secret in settings.ACCESS_KEYS:
        if header.get("kid") == key_id:
            return str(secret)
    raise TokenInvalid("The access token is signed by no key of ours.")


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
