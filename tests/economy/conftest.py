"""What tests of economy lean on: the scripted chain is the configured one."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.operations import invariants
from tests.economy.shop import SETTING
from tests.economy.world import FakeChain


@pytest.fixture(autouse=True)
def _payments_are_on(settings: Any) -> None:
    settings.VAULTS = SETTING


@pytest.fixture
def chain() -> FakeChain:
    """A chain of ten blocks without a payment."""
    return FakeChain()


@pytest.fixture
def everything_agrees(db: None) -> Iterator[None]:
    """Whatever a test does, what must always hold of economy holds at its end."""
    yield
    checks = [each for each in invariants.registered() if each.check.__module__.startswith("apps.economy.")]
    assert checks and [(each.key, each.check()) for each in checks if each.check()] == []
