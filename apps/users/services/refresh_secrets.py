"""The secrets of refresh tokens: the first is random, each next one follows from it and a key of ours."""

import hashlib
import hmac
import secrets

from django.conf import settings

PREFIX = "pprt_"
LONGEST = 100


def first() -> str:
    """A new secret of 256 random bits."""
    return PREFIX + secrets.token_hex(32)


def child_of(parent: str, *, session_id: str, key_id: str) -> str | None:
    """The secret that follows `parent` in this session, the same each time; None once the key is gone."""
    for known, secret in settings.ACCESS_KEYS:
        if known == key_id:
            key = hmac.digest(secret.encode(), b"pumpparty refresh tokens", "sha256")
            return PREFIX + hmac.new(key, f"{session_id}\n{parent}".encode(), hashlib.sha256).hexdigest()
    return None


def signing_key_id() -> str:
    """The name of the key from which new children are derived."""
    return str(settings.ACCESS_KEYS[0][0])


def digest_of(secret: str) -> str:
    """What is stored of a secret; 256 bits need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def has_shape(secret: str) -> bool:
    """Whether the text may be one of our secrets at all."""
    return secret.startswith(PREFIX) and len(secret) <= LONGEST
