"""Doing a whole transaction again when the database could not serve it beside others."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

from apps.core.errors import DomainError

T = TypeVar("T")

TRIES = 5
PAUSE_SECONDS = 0.02
"""The first pause is at most so long; each further one may be twice as long as the one before."""

_POSTGRES_STATES = frozenset({"40001", "40P01", "55P03"})
_SQLITE_CODES = frozenset({5, 6})
"""Serialization failure, deadlock and lock timeout; a busy and a locked file."""


class Busy(DomainError):
    """The database was too busy for this act; nothing of it was done, and it may be asked for again."""

    status = 503
    code = "BUSY"
    retryable = True


def is_busy(error: BaseException) -> bool:
    """Whether the database undid the transaction only because of others, so that it may simply be done again."""
    cause = error.__cause__
    if not isinstance(error, OperationalError) or cause is None:
        return False
    state, code = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorcode", None)
    return state in _POSTGRES_STATES or (code is not None and code & 0xFF in _SQLITE_CODES)


def retry_busy(act: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep) -> T:
    """The result of `act`, which opens a transaction of its own and reads everything it needs inside it.

    It is done at most `TRIES` times, with a random pause between, while the database answers that it is busy;
    then `Busy` is raised. Inside somebody else's transaction it is done once: only the whole could be repeated.
    """
    if connection.in_atomic_block:
        return act()
    pause = PAUSE_SECONDS
    for _ in range(TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if not is_busy(error):
                raise
        sleep(random.uniform(0, pause))
        pause *= 2
    try:
        return act()
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise Busy("The database is busy; nothing was done, try again.") from error
