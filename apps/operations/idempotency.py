"""Requests that may be sent twice and must act once: the same key and body get the same answer."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.core.errors import Conflict, DomainError, InvalidInput
from apps.operations.models import IdempotencyKey

LOCK_FOR = timedelta(seconds=60)
KEEP_FOR = timedelta(hours=24)
LONGEST_KEY = 255
KEPT_ERROR_BELOW = 500
NOT_YET = 202
"""The status of an answer that is still to come: it is told and never kept."""


class IdempotencyRequired(InvalidInput):
    """An act that must not happen twice was asked for without a key."""

    status = 400
    code = "IDEMPOTENCY_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Send an Idempotency-Key, and the same one again where you send the request again.")


class IdempotencyMismatch(InvalidInput):
    """The key was used before for another body."""

    code = "IDEMPOTENCY_MISMATCH"


class IdempotencyInProgress(Conflict):
    """The first request with this key has not finished."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    retryable = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and a JSON value; `replayed` tells whether it was given before."""

    status: int
    body: Any
    replayed: bool = False


def run(
    *,
    key: str,
    scope: str,
    body_hash: str,
    handler: Callable[[], tuple[int, Any]],
    now: datetime,
    apart: bool = False,
) -> Answer:
    """Answer with `handler()` (status, JSON value) the first time, with the kept answer for 24 hours
    afterwards.

    The handler's writes and the kept answer commit together; with `apart` the handler asks other systems
    and commits for itself, so that a death in between lets it run again: it must be one that acts once
    anyway. Raises IdempotencyRequired for no key, InvalidInput for one that is none, IdempotencyMismatch
    for another body, IdempotencyInProgress while the first request runs. An exception of the handler frees
    the key, except a lasting DomainError, which is kept and raised again on replay; so does the status 202.
    """
    if not key:
        raise IdempotencyRequired
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput("Idempotency-Key must be 1 to 255 printable ASCII characters.", status=400)
    row, created = IdempotencyKey.objects.get_or_create(
        scope=scope,
        key=key,
        defaults={"body_hash": body_hash, "created_at": now, "locked_until": now + LOCK_FOR},
    )
    if not created and row.created_at <= now - KEEP_FOR and row.finished_at is not None:
        row = _restart(row, body_hash, now)
    elif not created:
        kept = _kept(row, body_hash, now)
        if kept is not None:
            return kept
    return _first(row, handler, now, apart=apart)


def _kept(row: IdempotencyKey, body_hash: str, now: datetime) -> Answer | None:
    if row.body_hash != body_hash:
        raise IdempotencyMismatch("This Idempotency-Key was used for another request; use a new key.")
    if row.status_code is not None and row.answer is not None:
        _raise_if_error(row.answer)
        return Answer(row.status_code, row.answer["body"], replayed=True)
    # The first request is still running, unless its process died and the lock ran out.
    taken = IdempotencyKey.objects.filter(
        pk=row.pk, status_code__isnull=True, locked_until=row.locked_until, locked_until__lte=now
    ).update(locked_until=now + LOCK_FOR)
    if not taken:
        raise IdempotencyInProgress("The first request with this Idempotency-Key is still running.")
    row.locked_until = now + LOCK_FOR
    return None


def _restart(row: IdempotencyKey, body_hash: str, now: datetime) -> IdempotencyKey:
    until = now + LOCK_FOR
    again = IdempotencyKey.objects.filter(pk=row.pk, created_at=row.created_at).update(
        body_hash=body_hash,
        created_at=now,
        locked_until=until,
        status_code=None,
        answer=None,
        finished_at=None,
    )
    if not again:
        raise IdempotencyInProgress("Another request with this Idempotency-Key has just started.")
    row.locked_until = until
    return row


def _first(
    row: IdempotencyKey, handler: Callable[[], tuple[int, Any]], now: datetime, *, apart: bool
) -> Answer:
    try:
        with nullcontext() if apart else transaction.atomic():
            status, body = handler()
            if status == NOT_YET:
                _free(row)
            else:
                _finish(row, status, {"body": body}, now)
    except DomainError as error:
        if error.retryable or error.status >= KEPT_ERROR_BELOW:
            _free(row)
        else:
            _finish(
                row,
                error.status,
                {"error": {"code": error.code, "detail": error.detail, "status": error.status}},
                now,
            )
        raise
    except BaseException:
        _free(row)
        raise
    return Answer(status, body)


def _finish(row: IdempotencyKey, status: int, answer: dict[str, Any], now: datetime) -> None:
    mine = IdempotencyKey.objects.filter(pk=row.pk, status_code__isnull=True, locked_until=row.locked_until)
    if not mine.update(status_code=status, answer=answer, finished_at=now):
        raise IdempotencyInProgress("Another request with this Idempotency-Key took over.")
    row.status_code, row.answer = status, answer


def _free(row: IdempotencyKey) -> None:
    IdempotencyKey.objects.filter(pk=row.pk, status_code__isnull=True, locked_until=row.locked_until).delete()


def _raise_if_error(answer: dict[str, Any]) -> None:
    error = answer.get("error")
    if error:
        raise DomainError(error["detail"], code=error["code"], status=error["status"])
