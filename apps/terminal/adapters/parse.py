"""Reading the Terminal's answers strictly; whatever makes no sense is a lasting failure."""

import re
from decimal import Decimal
from typing import Any

from apps.core.errors import AdapterError
from apps.terminal.types import Profile, Token

LONGEST_TOKEN = 8192
LONGEST_LIFETIME = 10 * 366 * 24 * 3600
LONGEST_NAME = 120
HIGHEST_RANK = 2**63 - 1
EXACT_FLOAT = 10**15
_POINTS = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,20})?", re.ASCII)
_TOKEN = re.compile(r"[!-~]+", re.ASCII)


def token(answer: Any) -> Token:
    """The token of `{"access_token", "token_type": "Bearer", "expires_in"?}`."""
    fields = _object(answer, "token")
    secret, kind, lifetime = (fields.get(name) for name in ("access_token", "token_type", "expires_in"))
    if not isinstance(secret, str) or not _TOKEN.fullmatch(secret) or len(secret) > LONGEST_TOKEN:
        raise _nonsense("access_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _nonsense("token_type")
    if lifetime is not None and not (_whole(lifetime) and 0 < lifetime <= LONGEST_LIFETIME):
        raise _nonsense("expires_in")
    return Token(secret=secret, lifetime_seconds=lifetime)


def profile(answer: Any) -> Profile:
    """The profile of `{"id", "handle"?, "rank": int | null, "totalPoints"}`."""
    fields = _object(answer, "profile")
    identifier, handle, rank = fields.get("id"), fields.get("handle"), fields.get("rank")
    identifier = str(identifier) if _whole(identifier) else identifier
    if not isinstance(identifier, str) or not 0 < len(identifier.strip()) <= LONGEST_NAME:
        raise _nonsense("id")
    if handle is not None and (not isinstance(handle, str) or len(handle.strip()) > LONGEST_NAME):
        raise _nonsense("handle")
    if rank is not None and not (_whole(rank) and 1 <= rank <= HIGHEST_RANK):
        raise _nonsense("rank")
    return Profile(
        profile_id=identifier.strip(),
        handle=(handle or "").strip(),
        rank=rank,
        total_points=_points(fields.get("totalPoints")),
    )


def _points(value: Any) -> str:
    if isinstance(value, str) and _POINTS.fullmatch(value):
        return value
    if _whole(value) and abs(value) < 10**40:
        return str(value)
    # The shortest text of a float is the number that was sent as long as its digits fit one.
    if isinstance(value, float) and abs(value) < EXACT_FLOAT:
        return format(Decimal(repr(value)), "f")[:64]
    raise _nonsense("totalPoints")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _object(answer: Any, what: str) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise _nonsense(what)
    return answer


def _nonsense(name: str) -> AdapterError:
    return AdapterError(f"The Terminal's {name} makes no sense.", transient=False)
