"""Where the recorded real data lies, and the values the market tests share."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

RECORDED = Path(
    os.environ.get("PUMPPARTY_RECORDED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def recorded(name: str) -> Path:
    """The path of a recorded file or folder; skips the test where it is absent."""
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"no recorded data at {path}; set PUMPPARTY_RECORDED_DATA to run this test")
    return path
