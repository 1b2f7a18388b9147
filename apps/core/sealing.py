"""Sealing texts that must be kept and not be readable where they are kept: Fernet, with keys that rotate."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBroken(Exception):
    """No key opens the seal: it was changed, or its key is gone."""


def seal(text: str, *, keys: Sequence[str]) -> str:
    """The sealed text, made with the first key; ValueError for a key that is none."""
    return _sealer(keys).encrypt(text.encode()).decode()


def unseal(sealed: str, *, keys: Sequence[str]) -> str:
    """The text, whichever of the keys sealed it; raises SealBroken when none did."""
    try:
        return _sealer(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken("No key opens this seal.") from None


def derived_key(secret: str, *, label: str) -> str:
    """A key that follows from a secret, another for every label: for places without keys of their own."""
    digest = hmac.new(secret.encode(), label.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _sealer(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
