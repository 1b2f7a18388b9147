"""The world that the tests of the API's borders share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.world import World, built


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[World]:
    """The small arena around one player; nothing of it is committed."""
    with built(tmp_path) as made:
        yield made
