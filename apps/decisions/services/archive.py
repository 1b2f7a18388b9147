"""Moves what old runs saw and said into the artifact store; a row is emptied once its bytes were read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core.errors import DomainError
from apps.core.json_strict import sha256_hex
from apps.decisions.models import DecisionRun
from apps.decisions.services.payloads import context_bytes, is_sealed_under
from apps.decisions.services.sealing import RECORD_V1
from apps.operations import artifacts

PATIENCE = 3
"""After so many rows in a row that the store would not take, the rest waits for the next time."""
FAILURES_SHOWN = 3


@dataclass(slots=True)
class ArchiveOutcome:
    """How many runs were archived, how many stay because the store or their own bytes failed, and the first reasons."""

    archived: int = 0
    failed: int = 0
    errors: tuple[str, ...] = ()


class _Unfit(Exception):
    """A row that does not hold what its seal says: it stays as the evidence it is."""


def archive_payloads(*, now: datetime, after: timedelta, limit: int = 200) -> ArchiveOutcome:
    """Archive at most `limit` sealed runs that were decided at least `after` (market time) ago, the oldest first.

    Nothing is lost while the store is down, hangs or loses what it took: a row keeps its columns until every byte was
    read back, and is tried again. No transaction is open while the store is asked.
    """
    outcome = ArchiveOutcome()
    refusals = 0
    for run in _due(now - after, limit):
        try:
            _archive(run, now)
        except artifacts.ArtifactStoreDown as down:
            refusals += 1
            _count(outcome, run, down)
            if refusals == PATIENCE:
                break
        except (DomainError, _Unfit) as failure:
            _count(outcome, run, failure)
        else:
            refusals = 0
            outcome.archived += 1
        if outcome.archived == limit:
            break
    return outcome


def _count(outcome: ArchiveOutcome, run: DecisionRun, failure: Exception) -> None:
    outcome.failed += 1
    if outcome.failed <= FAILURES_SHOWN:
        outcome.errors = (*outcome.errors, f"{run.public_id}: {failure}")


def _due(until: datetime, limit: int) -> Iterator[DecisionRun]:
    """Sealed runs with their payloads, page by page: a few that cannot be archived do not hold up those behind them."""
    due = DecisionRun.objects.filter(
        sequence__isnull=False, archived_at__isnull=True, decided_at__lte=until
    ).order_by("decided_at", "pk")
    keys = list(due.values_list("pk", flat=True)[: 10 * limit])
    for key in keys:
        run = due.filter(pk=key).first()
        if run is not None:
            yield run


def _archive(run: DecisionRun, now: datetime) -> None:
    emptied: dict[str, Any] = {"archived_at": now}
    if run.context:
        if not is_sealed_under(run.context, run.context_digest):
            raise _Unfit("the context does not match its digest")
        emptied |= {"context": {}, "context_artifact": _kept(context_bytes(run.context))}
    if run.prompt:
        _keep_text(run.prompt, run.prompt_digest)
        emptied["prompt"] = ""
    # The first form of a record seals the answer's own words: there they stay in the row.
    if run.raw_answer and run.schema != RECORD_V1:
        _keep_text(run.raw_answer, run.answer_digest)
        emptied["raw_answer"] = ""
    # One statement: whoever reads the row sees either the columns or where they went.
    DecisionRun.objects.filter(pk=run.pk, archived_at__isnull=True).update(**emptied)


def _keep_text(text: str, digest: str) -> None:
    data = text.encode()
    if sha256_hex(data) != digest:
        raise _Unfit("a text does not match its digest")
    _kept(data)


def _kept(data: bytes) -> str:
    """Store the bytes and read them back; raises where the store took them and has them not."""
    digest = artifacts.put(data)
    artifacts.get(digest)
    return digest
