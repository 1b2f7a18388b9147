"""The API of economy before scripted providers of its chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.economy.services import chains
from apps.economy.types import Vault
from tests.economy.api.desk import Desk
from tests.economy.world import FakeChain


@pytest.fixture
def providers(chain: FakeChain, monkeypatch: pytest.MonkeyPatch) -> list[FakeChain]:
    """Who is asked about every vault, the scripted chain alone to begin with; they are checked as real ones are."""
    asked = [chain]

    @contextmanager
    def every(vault: Vault, *, seconds: float = 0) -> Iterator[list[Any]]:
        yield [one for one in asked if one.vault.chain_id == vault.chain_id]

    monkeypatch.setattr(chains, "every", every)
    return asked


@pytest.fixture
def desk(db: None, providers: list[FakeChain]) -> Desk:
    """The first player, signed in."""
    return Desk(1)


@pytest.fixture
def other(db: None, providers: list[FakeChain]) -> Desk:
    """The second player, signed in."""
    return Desk(2)
