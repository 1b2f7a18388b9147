"""The secrets of one start of the flow (RFC 7636, S256)."""

import base64
import hashlib
import secrets

VERIFIER_BYTES = 64  # 86 characters; the flow allows 43 to 128
STATE_BYTES = 32


def new_verifier() -> str:
    """A fresh code verifier."""
    return secrets.token_urlsafe(VERIFIER_BYTES)


def challenge_of(verifier: str) -> str:
    """What is sent ahead of the verifier: the unpadded URL-safe base64 of its SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def new_state() -> str:
    """A fresh state, 256 bits."""
    return secrets.token_urlsafe(STATE_BYTES)


def digest_of(state: str) -> str:
    """The SHA-256 under which a state is remembered."""
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
