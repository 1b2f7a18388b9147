"""Finds runs that a vanished worker left behind: back to the queue, or closed with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apps.decisions.models import DecisionRun
from apps.decisions.services.model_calls import settle_lost_calls
from apps.decisions.services.putting_back import MAX_CLAIMS, put_back
from apps.decisions.services.sealing import Outcome, seal_run
from apps.decisions.types import RunCode, RunStatus, SweepOutcome


def sweep_stuck_runs(
    *, now: datetime, real_now: datetime, limit: int = 200, force: bool = False
) -> SweepOutcome:
    """Re-queue runs whose lease expired, fail those that were claimed too often, skip closed slots.

    `now` is market time and closes slots, `real_now` ends leases; `force` treats every lease as expired.
    A worker that still lives is fenced by the epoch: its late answer is discarded. The calls of models that such runs
    left under way are counted as bought, before a run is closed.
    """
    settle_lost_calls(real_now=real_now, limit=limit, force=force)
    expired = Q(status=RunStatus.RUNNING)
    if not force:
        expired &= Q(lease_expires_at__lte=real_now)
    closed = Q(status=RunStatus.QUEUED, slot_ends_at__lte=now)
    stuck = DecisionRun.objects.filter(expired | closed, sequence__isnull=True)
    counts = {RunStatus.QUEUED: 0, RunStatus.SKIPPED: 0, RunStatus.FAILED: 0}
    for run in stuck.select_related("version").order_by("created_at", "id")[:limit]:
        ended = _settle(run, now)
        if ended is not None:
            counts[ended] += 1
    return SweepOutcome(counts[RunStatus.QUEUED], counts[RunStatus.SKIPPED], counts[RunStatus.FAILED])


def _settle(run: DecisionRun, now: datetime) -> RunStatus | None:
    """Put one run where it belongs; None when somebody else was first."""
    if now >= run.slot_ends_at:
        detail = "the slot closed before the run could finish"
        missed = Outcome(RunStatus.SKIPPED, _after(run, now), code=RunCode.SLOT_MISSED, detail=detail)
        return RunStatus.SKIPPED if seal_run(run, missed) else None
    if run.lease_epoch >= MAX_CLAIMS:
        detail = f"{run.lease_epoch} workers claimed this run and none finished it"
        lost = Outcome(RunStatus.FAILED, _after(run, now), code=RunCode.LEASE_EXPIRED, detail=detail)
        return RunStatus.FAILED if seal_run(run, lost) else None
    return RunStatus.QUEUED if put_back(run) else None


def _after(run: DecisionRun, now: datetime) -> datetime:
    """The end of a run is never before what it already knew."""
    return max(now, run.context_max_knowable_at or now)
