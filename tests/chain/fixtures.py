"""The fixtures of the local chain; a conftest imports the ones its tests use."""

from collections.abc import Iterator

import pytest

from tests.chain.evm import Chain, running_chain
from tests.chain.tools import Unavailable


@pytest.fixture(scope="session")
def chain() -> Iterator[Chain]:
    """A chain of this test process with the contracts of tests/chain/contracts; skips where none can run."""
    try:
        with running_chain() as started:
            yield started
    except Unavailable as error:
        pytest.skip(str(error))
