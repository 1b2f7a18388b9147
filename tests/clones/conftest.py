"""A clone, its owner and a moment for the clone tests."""

from datetime import UTC, datetime

import pytest

from apps.clones import services
from apps.clones.models import Clone
from apps.core import limits
from apps.operations.audit import Actor
from apps.users.models import User
from apps.users.services.accounts import create_user

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BY = Actor.system("tests.clones")


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """No test is refused for what another asked for."""
    limits.forget()


@pytest.fixture
def owner(db: None) -> User:
    return create_user(username="lovelace", by=BY, now=NOW)


@pytest.fixture
def clone(owner: User) -> Clone:
    return services.create_clone(owner=owner, name="Momentum", by=BY, now=NOW)
