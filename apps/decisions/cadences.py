"""What decisions do by themselves: nothing but cleaning up after vanished workers."""

from __future__ import annotations

from apps.decisions.services.sweep import sweep_stuck_runs
from apps.operations import clock
from apps.operations.cadence import Report, Tick, cadence, seconds


@cadence("decisions.sweep-stuck-runs", every=seconds(30), lease=seconds(60))
def sweep(tick: Tick) -> Report:
    """Re-queue or close runs whose worker vanished."""
    found = sweep_stuck_runs(now=tick.now, real_now=clock.real_now(), limit=tick.limit, force=tick.force)
    ended = found.requeued + found.skipped + found.failed
    return Report(seen=ended, done=found.requeued, skipped=found.skipped, failed=found.failed)
