"""Beat's schedule is a copy of the declared cadences; this keeps the copy true."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from apps.operations.cadence import all_cadences, real_interval
from apps.operations.models import WorkerHeartbeat

PREFIX = "cadence: "
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""When a new entry is said to have run last: beat then runs it at once, not after its first interval."""


@transaction.atomic
def sync_schedule() -> int:
    """Write one beat entry and one heartbeat row per declared cadence at its present real pace; drop
    entries of cadences gone.

    Returns how many entries changed; beat reloads only when one did. Call it again after the clock's speed
    changed.
    """
    changed = 0
    wanted = {PREFIX + item.name: item for item in all_cadences()}
    for title, item in wanted.items():
        interval = real_interval(item)
        schedule = _schedule(interval)
        values = {
            "task": item.name,
            "interval": schedule,
            "enabled": True,
            "expire_seconds": max(2, int(interval.total_seconds() * 2)),
            "description": item.purpose,
        }
        present = PeriodicTask.objects.filter(name=title).first()
        if present is None or any(getattr(present, key) != value for key, value in values.items()):
            first = {**values, "name": title, "last_run_at": LONG_AGO}
            PeriodicTask.objects.update_or_create(name=title, defaults=values, create_defaults=first)
            changed += 1
        WorkerHeartbeat.objects.get_or_create(name=item.name)
    gone = PeriodicTask.objects.filter(name__startswith=PREFIX).exclude(name__in=wanted)
    if gone.exists():
        changed += gone.count()
        gone.delete()
    WorkerHeartbeat.objects.exclude(name__in=[item.name for item in wanted.values()]).delete()
    if changed:
        PeriodicTasks.update_changed()
    return changed


def _schedule(interval: timedelta) -> IntervalSchedule:
    """Beat's row for the interval: whole seconds from a minute on, as microseconds would not fit its column."""
    if interval >= timedelta(minutes=1):
        every, period = round(interval.total_seconds()), IntervalSchedule.SECONDS
    else:
        every, period = interval // timedelta(microseconds=1), IntervalSchedule.MICROSECONDS
    return IntervalSchedule.objects.get_or_create(every=every, period=period)[0]
