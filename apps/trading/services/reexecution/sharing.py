"""One re-execution for all who ask for it: kept for a while, made once at a time, and never more than can be borne."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import BoundedSemaphore, Event
from typing import Any, NamedTuple

from django.core.cache import cache

from apps.core import limits
from apps.core.limits import RateLimited
from apps.trading.models import PropAccount
from apps.trading.services.reexecution.steps import Reexecution, StepStatus

RATE = "30/minute"
"""Of one network."""
RATE_OF_ALL = "120/minute"
AT_ONCE = 2
"""In one process: each reads the whole life of its account up to the decision."""
KEPT_SECONDS = 600
KEPT_OTHERWISE_SECONDS = 60
"""What is not identical may soon be so: an action gets its verdict, an archive answers."""
_PATIENCE_SECONDS = 4
_LOOKS_A_SECOND = 20
_LONGEST_SECONDS = 30

_places = BoundedSemaphore(AT_ONCE)


class Verified(NamedTuple):
    """What asking again found, and the market time at which it was asked."""

    found: Reexecution
    at: datetime


def verified(
    run: Any,
    *,
    account: PropAccount,
    now: datetime,
    network: str | None,
    ask: Callable[..., Reexecution],
) -> Verified:
    """The run asked again by `ask(run, now=now)`, or as it was found a while ago where nothing was booked since.

    Raises RateLimited where `network` or all together had too many asked, and while too many are under way; with None
    for the network nothing is counted.
    """
    key = f"decision-verification:{run.public_id}:{run.record_digest}:{account.record_head}:{account.ledger_sequence}"
    kept: Verified | None = cache.get(key)
    if kept is not None:
        return kept
    if not cache.add(f"{key}:asked", 1, timeout=_LONGEST_SECONDS):
        return _awaited(key)
    try:
        if network is not None:
            limits.take("trading.reexecute", network, rate=RATE)
            limits.take("trading.reexecute.all", "", rate=RATE_OF_ALL)
        with _place():
            made = Verified(ask(run, now=now), now)
        is_same = made.found.status == StepStatus.IDENTICAL
        cache.set(key, made, timeout=KEPT_SECONDS if is_same else KEPT_OTHERWISE_SECONDS)
        return made
    finally:
        cache.delete(f"{key}:asked")


def _awaited(key: str) -> Verified:
    """What somebody else is asking just now."""
    for _ in range(_PATIENCE_SECONDS * _LOOKS_A_SECOND):
        Event().wait(1 / _LOOKS_A_SECOND)
        kept: Verified | None = cache.get(key)
        if kept is not None:
            return kept
    raise RateLimited(retry_after=_PATIENCE_SECONDS)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=_PATIENCE_SECONDS):
        raise RateLimited(retry_after=_PATIENCE_SECONDS)
    try:
        yield
    finally:
        _places.release()
