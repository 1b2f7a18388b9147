"""Queued work."""

from django.contrib import admin

from apps.operations import queue
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.models import OutboxRow
from apps.operations.types import Actor


@admin.register(OutboxRow)
class OutboxRowAdmin(OperatorAdmin):
    """What waits, runs, is done or was given up."""

    list_display = ("id", "name", "status", "attempts", "created_at", "next_attempt_at", "finished_at")
    list_filter = ("status", "name")
    search_fields = ("dedupe_key", "name")
    actions_detail = ["revive"]

    @operator_action(
        description="Try again",
        permission="operations.change_outboxrow",
        verb="operations.queued-work.revived",
        icon="replay",
    )
    def revive(self, obj: OutboxRow, *, reason: str, by: Actor, now: object) -> str:
        """Return work that was given up to the queue, with a fresh count of attempts."""
        queue.revive(obj)
        return f"{obj} waits again."
