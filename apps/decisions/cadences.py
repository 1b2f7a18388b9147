"""What decisions do by themselves: cleaning up after vanished workers, and archiving what old runs saw and said."""

from __future__ import annotations

from django.conf import settings

from apps.decisions.services.archive import archive_payloads
from apps.decisions.services.sweep import sweep_stuck_runs
from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, minutes, seconds


@cadence("decisions.sweep-stuck-runs", every=seconds(30), lease=seconds(60))
def sweep(tick: Tick) -> Report:
    """Re-queue or close runs whose worker vanished."""
    found = sweep_stuck_runs(now=tick.now, real_now=clock.real_now(), limit=tick.limit, force=tick.force)
    ended = found.requeued + found.skipped + found.failed
    return Report(seen=ended, done=found.requeued, skipped=found.skipped, failed=found.failed)


@cadence("decisions.archive-payloads", every=minutes(1), lease=minutes(10), limit=500)
def archive(tick: Tick) -> Report:
    """Move contexts, prompts and answers of old runs into the artifact store."""
    found = archive_payloads(now=tick.now, after=settings.DECISION_ARCHIVE_AFTER, limit=tick.limit)
    seen = found.archived + found.failed
    return Report(seen=seen, done=found.archived, failed=found.failed, errors=found.errors)
