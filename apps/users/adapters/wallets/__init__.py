"""Proving that an address signed a message: plain accounts, contract wallets and Porto."""

from apps.users.adapters.wallets.choose import verify
from apps.users.adapters.wallets.port import Proof

__all__ = ["Proof", "verify"]
