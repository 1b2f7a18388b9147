"""Beat's entries, shown and not edited: they are written from the declared cadences."""

from django.contrib import admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.decorators import display

from apps.operations.admin_kit import ReadOnlyAdmin

for scheduled in (PeriodicTask, ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule):
    if admin.site.is_registered(scheduled):
        admin.site.unregister(scheduled)


@admin.register(PeriodicTask)
class TaskAdmin(ReadOnlyAdmin):
    """What beat sends, how often, and when it last did."""

    list_display = ("name", "pace", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    list_select_related = ("interval", "crontab")
    ordering = ("name",)
    fields = ("name", "task", "pace", "kwargs", "enabled", "last_run_at", "total_run_count", "description")

    @display(description="Pace")
    def pace(self, entry: PeriodicTask) -> str:
        """How often it is sent: seconds of real time, or the lines of a crontab."""
        if entry.interval is None:
            return str(entry.crontab or "once")
        return f"every {entry.interval.schedule.run_every.total_seconds():g} s"
