"""What a starting arena has reached, read from its tables."""

from pathlib import Path

import pytest

from pumpparty.runtime.progress import Progress, until_arena
from tests import arena_world

NOBODY_LISTENS = "http://127.0.0.1:9/"


@pytest.mark.django_db
def test_milestones_are_reached_as_the_arena_moves(tmp_path: Path) -> None:
    progress = Progress(until_arena(NOBODY_LISTENS))
    assert progress.look() == []
    now = arena_world.begin(tmp_path)
    assert [each.key for each in progress.look()] == ["prices"]
    arena_world.move(now, steps=4)
    assert [each.key for each in progress.look()] == ["decision", "filled", "marked"]
    assert [each.key for each in progress.missing()] == ["page", "passed", "arena"]
    assert set(progress.seconds) == {"prices", "decision", "filled", "marked"}
