"""What every test of sign-in starts from: counters at zero."""

from collections.abc import Iterator

import pytest

from apps.core import limits


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """No test is slowed down by the requests of another."""
    limits.forget()
    yield
    limits.forget()
