"""Who may try a decision out now: one at a time for an owner and few in a process, so that pages always have threads."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from django.core.cache import cache

from apps.core.errors import DomainError

LONGEST = timedelta(seconds=20)
"""How long a model may think for a dry run: somebody waits at a page, and holds one of its threads."""
SEATS = 2
"""Of a process's web threads (see `pumpparty.runtime.plan`), so many may wait for models; the others answer pages."""
_HELD_SECONDS = int(LONGEST.total_seconds()) + 20
_seats = BoundedSemaphore(SEATS)


class AlreadyTrying(DomainError):
    """The owner has a dry run under way; `retry_after` is the longest wait in whole seconds."""

    status = 429
    code = "DRY_RUN_UNDER_WAY"
    retryable = True
    retry_after = 5

    def __init__(self) -> None:
        super().__init__("You are trying a decision already; wait until it has ended, then try again.")


class NoSeat(DomainError):
    """As many dry runs as this process serves at once are under way; `retry_after` is in whole seconds."""

    status = 503
    code = "DRY_RUNS_BUSY"
    retryable = True
    retry_after = 5

    def __init__(self) -> None:
        super().__init__("Others are trying decisions at this moment; try again in a few seconds.")


@contextmanager
def seat(owner: str) -> Iterator[None]:
    """Hold the owner's one place and a seat of this process; raises AlreadyTrying or NoSeat at once, never waits.

    A place whose process died is free again after its time, and one that took longer is not taken from its successor.
    """
    key, mine = f"trading-dry-run:{owner}", secrets.token_hex(8)
    if not cache.add(key, mine, timeout=_HELD_SECONDS):
        raise AlreadyTrying
    try:
        if not _seats.acquire(blocking=False):
            raise NoSeat
        try:
            yield
        finally:
            _seats.release()
    finally:
        if cache.get(key) == mine:
            cache.delete(key)
