"""A vault on the local chain for each test, which leaves the chain as it found it."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.chain.evm import Chain
from tests.chain.fixtures import chain
from tests.economy.chain.local import RESOLVER_KEY, LocalVault, deployed
from tests.users.adapters.fake_rpc import FakeRpc

__all__ = ["chain"]


@pytest.fixture
def local(chain: Chain, settings: Settings) -> Iterator[LocalVault]:
    """A fresh vault whose resolver's key is configured."""
    settings.RESOLVER_KEY = RESOLVER_KEY
    before = chain.rpc("evm_snapshot")
    yield deployed(chain)
    assert chain.rpc("evm_revert", before) is True


@pytest.fixture
def rpc() -> Iterator[FakeRpc]:
    """A JSON-RPC server whose answers the test scripts."""
    with FakeRpc() as server:
        yield server
