"""The scheduler's tables in the operator's site."""

from apps.console.admin.schedule import TaskAdmin

__all__ = ["TaskAdmin"]
