"""The scheduler's tables in the operator's site."""

from apps.console.admin.schedule import ScheduleAdmin, TaskAdmin

__all__ = ["ScheduleAdmin", "TaskAdmin"]
