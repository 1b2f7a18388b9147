"""Beat's tables, shown and not edited: they are written from the declared cadences."""

from django.contrib import admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from apps.operations.admin_kit import ReadOnlyAdmin

SCHEDULES = (ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule)

for scheduled in (PeriodicTask, *SCHEDULES):
    if admin.site.is_registered(scheduled):
        admin.site.unregister(scheduled)


@admin.register(PeriodicTask)
class TaskAdmin(ReadOnlyAdmin):
    """What beat sends, and when it last did."""

    list_display = ("name", "task", "interval", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    list_select_related = ("interval", "crontab", "solar", "clocked")


@admin.register(*SCHEDULES)
class ScheduleAdmin(ReadOnlyAdmin):
    """The times that entries share."""
