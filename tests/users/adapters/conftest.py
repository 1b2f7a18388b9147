"""The chain and the JSON-RPC servers that the proofs of wallets are tested against."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.chain.fixtures import chain
from tests.users.adapters.fake_rpc import FakeRpc

__all__ = ["chain"]


@pytest.fixture
def rpc() -> Iterator[FakeRpc]:
    """A JSON-RPC server whose answers the test scripts."""
    with FakeRpc() as server:
        yield server


@pytest.fixture(autouse=True)
def nobody_to_ask(settings: Settings) -> None:
    """Neither a chain nor a relay, unless the test names one."""
    settings.CHAIN_RPC_URLS = {}
    settings.PORTO_RELAY_URL = ""
