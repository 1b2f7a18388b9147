"""What tests of economy lean on: the scripted chain is the configured one."""

from typing import Any

import pytest

from tests.economy.shop import SETTING
from tests.economy.world import FakeChain


@pytest.fixture(autouse=True)
def _payments_are_on(settings: Any) -> None:
    settings.VAULTS = SETTING


@pytest.fixture
def chain() -> FakeChain:
    """A chain of ten blocks without a payment."""
    return FakeChain()
