"""Scripted providers in the place of the configured ones: whoever asks about a vault asks them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from apps.economy.services import chains
from apps.economy.types import Vault
from tests.economy.world import FakeChain


@contextmanager
def asked(*first: FakeChain) -> Iterator[list[FakeChain]]:
    """Who is asked about the vaults while it lasts, to be changed at will; they are checked as real ones are."""
    providers = list(first)

    @contextmanager
    def every(vault: Vault, *, seconds: float = 0, until: float | None = None) -> Iterator[list[Any]]:
        yield [one for one in providers if one.vault.chain_id == vault.chain_id]

    with patch.object(chains, "every", every):
        yield providers
