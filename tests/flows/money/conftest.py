"""A chain, recorded candles, and two copies of one database: one for a smooth run and one for a rough one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.operations import clock, idempotency
from tests.chain.evm import Chain
from tests.chain.fixtures import chain
from tests.economy.chain.local import RESOLVER_KEY
from tests.flows.money import acts
from tests.market.places import recorded
from tests.trading.kills.stores import Stores

__all__ = ["chain"]


@pytest.fixture
def stores(
    chain: Chain, transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stores]:
    """Where copies of the database come from; the chain is left as it was found."""
    settings.RESOLVER_KEY = RESOLVER_KEY
    monkeypatch.setattr(clock, "now", clock.now)
    monkeypatch.setattr(
        idempotency, "LOCK_FOR", timedelta(seconds=2)
    )  # nobody waits a minute for a killed process
    before = chain.rpc("evm_snapshot")
    made = Stores(tmp_path)
    yield made
    made.close()
    assert chain.rpc("evm_revert", before) is True


@pytest.fixture
def template(stores: Stores, chain: Chain) -> str:
    """A database with the recorded prices, the person who pays, and the operators."""
    acts.prepare(str(recorded("hyperliquid-candles")), chain.accounts[1].lower())
    return stores.copy_tests()
