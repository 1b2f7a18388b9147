"""F22: a transaction that met a busy database is done again as a whole, a few times, and then refused as busy."""

import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, transaction

from apps.core.retries import TRIES, Busy, retry_busy

pytestmark = pytest.mark.django_db(transaction=True)


def sqlite_error(code: int) -> OperationalError:
    """What Django raises for a code of SQLite."""
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = code
    return wrapped(cause)


def wrapped(cause: Exception) -> OperationalError:
    """A driver's error as Django passes it on."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


BUSY: dict[str, Callable[[], OperationalError]] = {
    "40001 serialization": lambda: wrapped(psycopg.errors.SerializationFailure()),
    "40P01 deadlock": lambda: wrapped(psycopg.errors.DeadlockDetected()),
    "55P03 lock timeout": lambda: wrapped(psycopg.errors.LockNotAvailable()),
    "SQLITE_BUSY": lambda: sqlite_error(5),
    "SQLITE_LOCKED": lambda: sqlite_error(6),
    "SQLITE_BUSY_SNAPSHOT": lambda: sqlite_error(517),
}
OTHERS: dict[str, Callable[[], Exception]] = {
    "disk full": lambda: sqlite_error(13),
    "connection lost": lambda: wrapped(psycopg.errors.AdminShutdown()),
    "constraint": lambda: IntegrityError("twice"),
    "no cause": lambda: OperationalError("busy"),
}


class Flaky:
    """Fails so many times, then answers."""

    def __init__(self, failures: int, error: Callable[[], Exception]) -> None:
        self.left, self.error, self.calls = failures, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error()
        return "done"


@pytest.mark.parametrize("name", BUSY)
def test_f22_a_busy_database_is_asked_again_with_growing_random_pauses(name: str) -> None:
    act, pauses = Flaky(TRIES - 1, BUSY[name]), list[float]()
    assert retry_busy(act, sleep=pauses.append) == "done"
    assert act.calls == TRIES <= 5
    assert len(pauses) == TRIES - 1
    assert all(0 <= pause <= 0.02 * 2**place for place, pause in enumerate(pauses))


@pytest.mark.parametrize("name", BUSY)
def test_f22_after_the_last_try_it_is_refused_as_busy_and_retryable(name: str) -> None:
    act = Flaky(99, BUSY[name])
    with pytest.raises(Busy) as refused:
        retry_busy(act, sleep=lambda _: None)
    assert act.calls == TRIES
    assert (refused.value.status, refused.value.code, refused.value.retryable) == (503, "BUSY", True)


@pytest.mark.parametrize("name", OTHERS)
def test_f22_any_other_failure_is_passed_on_at_once(name: str) -> None:
    act = Flaky(1, OTHERS[name])
    with pytest.raises((OperationalError, IntegrityError)):
        retry_busy(act, sleep=lambda _: None)
    assert act.calls == 1


def test_f22_inside_a_transaction_only_its_owner_could_repeat_the_whole() -> None:
    act = Flaky(1, BUSY["40001 serialization"])
    with pytest.raises(OperationalError), transaction.atomic():
        retry_busy(act, sleep=lambda _: None)
    assert act.calls == 1


def test_f22_the_pauses_are_random() -> None:
    pauses = list[float]()
    for _ in range(4):
        retry_busy(Flaky(2, BUSY["SQLITE_BUSY"]), sleep=pauses.append)
    assert len(set(pauses)) == len(pauses)
