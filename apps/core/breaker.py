"""The circuit breaker: a source in trouble is left in peace, and one caller alone finds out when it is well again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

from apps.core.errors import AdapterError, AdapterFault

Result = TypeVar("Result")

OPENS_AFTER = 5
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 30.0
LONGEST_WISH_SECONDS = 300.0
TRIAL_SECONDS = 60
"""A trial whose process died is anybody's again after this."""
KEPT_SECONDS = 3_600
OUR_OWN = frozenset({AdapterFault.BUDGET_SPENT, AdapterFault.BREAKER_OPEN})
"""Faults that say nothing about the source."""


def guarded(
    name: str,
    call: Callable[[], Result],
    *,
    longest_wait: float = LONGEST_WAIT_SECONDS,
    now: Callable[[], float] = time.time,
    jitter: Callable[[], float] = random.random,
) -> Result:
    """Return `call()`, unless the source `name` is being left in peace by all processes of this installation.

    Five transient failures in a row open the circuit, a source that asks for slower questions or names a wait opens
    it at once. After a wait that doubles from 2 seconds to `longest_wait` (or the source's own wish, up to 300) one
    caller is let through as a trial: its success closes the circuit, its failure begins the next wait. `now` is in
    epoch seconds, `jitter` in [0, 1). Raises what `call` raises, and AdapterError BREAKER_OPEN with `retry_after`
    while open.
    """
    _, opened, until = _state(name)
    trial = _claim(name, opened, until, now()) if opened else ""
    try:
        result = call()
    except AdapterError as error:
        if error.fault in OUR_OWN:
            cache.delete(trial)
        elif error.transient:
            wait = _wait(opened, longest_wait, jitter())
            _fail(name, error, is_trial=bool(trial), at=now(), wait=wait)
        else:
            _close(name, is_trial=bool(trial))
        raise
    except BaseException:
        cache.delete(trial)
        raise
    _close(name, is_trial=bool(trial))
    return result


def wait_of(name: str, *, now: Callable[[], float] = time.time) -> float | None:
    """Seconds until an open circuit lets its next trial through, 0 where it may come now; None while it is closed."""
    _, opened, until = _state(name)
    return max(0.0, until - now()) if opened else None


def forget(name: str) -> None:
    """Close the circuit of a source, whatever happened."""
    cache.delete(_key(name))


def _key(name: str) -> str:
    return f"breaker:{name}"


def _state(name: str) -> tuple[int, int, float]:
    """Failures in a row, how often the circuit opened since it was last closed, and until when it is open."""
    failures, opened, until = cache.get(_key(name)) or (0, 0, 0.0)
    return failures, opened, until


def _claim(name: str, opened: int, until: float, at: float) -> str:
    """Claim the one trial of this opening; the key is that of the claim."""
    # A clock that was set back must not keep the circuit open for the length of the jump.
    wait = until - at if until - at <= LONGEST_WISH_SECONDS else 0.0
    trial = f"{_key(name)}:trial:{opened}:{until:.3f}"
    if wait > 0 or not cache.add(trial, 1, TRIAL_SECONDS):
        raise AdapterError(
            f"{name} is in trouble and left in peace",
            transient=True,
            fault=AdapterFault.BREAKER_OPEN,
            retry_after=max(wait, 1.0),
        )
    return trial


def _wait(opened: int, longest: float, spread: float) -> float:
    """Seconds until the next trial of a circuit that opened so often before."""
    return min(longest, FIRST_WAIT_SECONDS * 2 ** min(opened, 10)) * (0.5 + spread / 2)


def _fail(name: str, error: AdapterError, *, is_trial: bool, at: float, wait: float) -> None:
    failures, opened, until = _state(name)
    if opened and not is_trial:
        return  # a call that began before the circuit opened
    failures += 1
    is_asked_to_wait = error.retry_after is not None or error.fault is AdapterFault.RATE_LIMITED
    if is_trial or is_asked_to_wait or failures >= OPENS_AFTER:
        until = at + max(wait, min(error.retry_after or 0.0, LONGEST_WISH_SECONDS))
        opened += 1
    cache.set(_key(name), (failures, opened, until), KEPT_SECONDS)


def _close(name: str, *, is_trial: bool) -> None:
    """Forget the failures; only a trial ends a wait."""
    failures, opened, _ = _state(name)
    if is_trial or (failures and not opened):
        cache.delete(_key(name))
