"""Where the market clock starts: replayed and made-up prices run faster than time, live ones catch up."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError

from apps.market.types import SourceChoice, SourceName
from apps.operations import clock
from apps.operations.services import beat

LIVE_LOOK_BACK = timedelta(hours=6)
SYNTHETIC_LOOK_BACK = timedelta(days=30)
WARM_UP = timedelta(hours=12)
NOTE = "market_clock.json"


def start_clock(*, choice: SourceChoice, speed: int, folder: Path) -> datetime:
    """Anchor the market clock and return the market time it starts from.

    A later start on the same source goes on from the market time the last one reached: no market time passes
    while the arena is stopped.
    """
    real = clock.real_now()
    reached = _read_note(folder, source=choice.name)
    if choice.span_start is not None and choice.span_end is not None:
        lead = max(WARM_UP, (choice.span_end - choice.span_start) / 10)
        first = min(choice.span_start + lead, choice.span_end)
        market_at, catch_up = reached or first, False
    elif choice.name == SourceName.SYNTHETIC:
        market_at, catch_up = reached or (real - SYNTHETIC_LOOK_BACK).replace(second=0, microsecond=0), True
    else:
        oldest = real - LIVE_LOOK_BACK if speed > 1 else real  # at their own pace live prices never catch up
        market_at, catch_up = min(max(reached or oldest, oldest), real), True
    clock.set_anchor(real_now=real, market_at=market_at, speed=float(speed), catch_up=catch_up)
    return market_at


class Pace:
    """Keeps the schedule of the workers at the pace of a clock that stops hurrying when it has caught up."""

    def __init__(self) -> None:
        """Take the present speed as the one that the schedule has."""
        self._speed = clock.speed()

    def follow(self) -> bool:
        """Write the schedule anew where the speed has changed; whether it has. A busy database is tried again."""
        speed = clock.speed()
        if speed == self._speed:
            return False
        with suppress(DatabaseError):
            beat.sync_schedule()
            self._speed = speed
            return True
        return False


def write_note(*, folder: Path, source: str) -> None:
    """Note the market time reached, so that the next start goes on from it."""
    new = folder / f"{NOTE}.new"
    new.write_text(json.dumps({"source": source, "marketAt": clock.now().isoformat()}))
    new.replace(folder / NOTE)


def _read_note(folder: Path, *, source: str) -> datetime | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads((folder / NOTE).read_text())
        if note["source"] == source:
            return datetime.fromisoformat(note["marketAt"])
    return None
