"""The world of the sweeps."""

from collections.abc import Iterator

import pytest

from tests.market.gamma import Gamma
from tests.market.llama import serving
from tests.market.services.predictions.world import SYMBOLS, World, register


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """Gamma on a free port, beside a registry of well-known coins."""
    register(*SYMBOLS)
    gamma = Gamma()
    with serving(gamma) as url:
        yield World(gamma, url)
