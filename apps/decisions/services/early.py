"""Early decisions: what the last ones saw, how many there were, and asking for one more before its cadence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Count

from apps.decisions.models import DecisionRun
from apps.decisions.types import FINISHED, RunStatus, WakeCause
from apps.operations.audit import Actor

if TYPE_CHECKING:
    from apps.clones.models import StrategyVersion

Key = tuple[str, str, str]
"""A subject, a prompt and a symbol."""

OPEN_FOR = timedelta(minutes=2)
"""How long after its event an early decision may begin; later it is skipped as SLOT_MISSED, never caught up."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the decisions of one key stand: the last one that saw a price, the last early one, and any under way."""

    slot_at: datetime
    seen_at: datetime
    mark_micros: int
    early_at: datetime | None
    is_open: bool


def decision_standings(*, subjects: Collection[str], since: datetime) -> dict[Key, Standing]:
    """Where the decisions of the subjects stand, by those of slots from `since` on, in one query.

    A key without a completed decision that saw a price is absent: there is nothing that could have changed since. What
    was seen stands beside the context, which may be large, and may be in the archive.
    """
    runs = DecisionRun.objects.filter(subject__in=list(subjects), slot_at__gte=since).order_by(
        "slot_at", "id"
    )
    rows = runs.values_list(
        "subject",
        "prompt_key",
        "symbol",
        "slot_at",
        "status",
        "wake_cause",
        "seen_at",
        "seen_mark_micros",
    )
    seen: dict[Key, tuple[datetime, datetime, int]] = {}
    early: dict[Key, datetime] = {}
    under_way: set[Key] = set()
    for subject, prompt_key, symbol, slot_at, status, cause, at, mark in rows:
        key = (subject, prompt_key, symbol)
        if status not in FINISHED:
            under_way.add(key)
        if cause:
            early[key] = slot_at
        if status == RunStatus.COMPLETED and at is not None and mark is not None:
            seen[key] = (slot_at, at, mark)
    return {key: Standing(*last, early.get(key), key in under_way) for key, last in seen.items()}


def count_early(*, subjects: Collection[str], since: datetime) -> dict[str, int]:
    """How many early decisions each subject asked for from `since` on; subjects without any are absent."""
    runs = DecisionRun.objects.filter(subject__in=list(subjects), slot_at__gte=since).exclude(wake_cause="")
    return dict(runs.order_by().values_list("subject").annotate(Count("id")))


def ask_early(
    *,
    subject: str,
    version: StrategyVersion,
    prompt_key: str,
    engine: str,
    symbol: str,
    slot_at: datetime,
    cause: WakeCause,
    now: datetime,
    by: Actor,
) -> bool:
    """Queue the run of an early decision; False where that slot has a run, for whatever reason it was asked for.

    Whoever decides the slot finds the run and claims it; one that nobody claims in time is swept as SLOT_MISSED.
    """
    try:
        with transaction.atomic():
            DecisionRun.objects.create(
                subject=subject,
                version=version,
                prompt_key=prompt_key,
                symbol=symbol,
                slot_at=slot_at,
                slot_ends_at=slot_at + OPEN_FOR,
                engine=engine,
                wake_cause=cause,
                requested_by=str(by.label)[:120],
                created_at=now,
            )
    except IntegrityError:
        return False
    return True
