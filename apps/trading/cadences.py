"""What trading does by itself: decisions due and early, executions, marks, thinned snapshots, the root of the day."""

from django.conf import settings

from apps.operations.cadence import Report, Tick, cadence, minutes, seconds
from apps.trading.services import day_roots, execution, marking, schedule, thinning, wakes


@cadence("trading.decide-due-accounts", every=seconds(5), lease=seconds(60))
def decide_due_accounts(tick: Tick) -> Report:
    """Enqueue a cycle for every account and prompt whose slot has come."""
    return schedule.enqueue_due(now=tick.now, limit=tick.limit)


@cadence("trading.wake-early", every=seconds(10), lease=seconds(60), limit=500)
def wake_early(tick: Tick) -> Report:
    """Ask for early decisions where a price moved, an exit was hit or a prediction market appeared."""
    return wakes.wake_early(now=tick.now, limit=tick.limit)


@cadence("trading.execute-pending-actions", every=seconds(2), lease=seconds(60), limit=500)
def execute_pending_actions(tick: Tick) -> Report:
    """Give every proposed action its verdict: executed, denied or held."""
    return execution.execute_pending(now=tick.now, limit=tick.limit)


@cadence("trading.mark-to-market", every=seconds(10), lease=seconds(120), limit=2000)
def mark_to_market(tick: Tick) -> Report:
    """Value every open account at the latest mark prices; fund, fire exits, liquidate and lock where due."""
    every = settings.TRADING_MARKS["snapshots"]
    return marking.mark_open_accounts(now=tick.now, limit=tick.limit, snapshots_every=every)


@cadence("trading.thin-snapshots", every=minutes(60), lease=minutes(10))
def thin_snapshots(tick: Tick) -> Report:
    """Keep the fewer snapshots the older they are, and drop mark sets that no snapshot cites."""
    return thinning.thin_snapshots(now=tick.now)


@cadence("trading.seal-day", every=minutes(1), lease=minutes(10), limit=31)
def seal_day(tick: Tick) -> Report:
    """Put the heads of every chain at the end of a UTC day under one root, chained to the day before."""
    return day_roots.seal_due_days(now=tick.now, limit=tick.limit)
