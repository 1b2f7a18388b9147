"""The API of economy before scripted providers of its chain."""

from collections.abc import Iterator

import pytest

from tests.economy.api.desk import Desk
from tests.economy.providers import asked
from tests.economy.world import FakeChain


@pytest.fixture
def providers(chain: FakeChain) -> Iterator[list[FakeChain]]:
    """Who is asked about every vault: the scripted chain alone to begin with."""
    with asked(chain) as providers:
        yield providers


@pytest.fixture
def desk(db: None, providers: list[FakeChain]) -> Desk:
    """The first player, signed in."""
    return Desk(1)


@pytest.fixture
def other(db: None, providers: list[FakeChain]) -> Desk:
    """The second player, signed in."""
    return Desk(2)
