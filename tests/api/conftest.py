"""The world that the tests of the API's borders share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.api.world import World, built


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[World]:
    """The small arena around one player; nothing of it is committed."""
    with built(tmp_path) as made:
        yield made


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    loaded: dict[str, Any] = client.get("/api/v1/schema/?format=json").json()
    return loaded
