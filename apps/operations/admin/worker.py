"""Workers and leases."""

from django.contrib import admin
from unfold.decorators import display

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.operations.models import Lease, WorkerHeartbeat
from apps.operations.types import RunStatus


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    """How everything that runs by itself is doing."""

    list_display = (
        "name",
        "state",
        "last_success_at",
        "latency_ms",
        "seen_count",
        "done_count",
        "failed_count",
    )
    list_filter = ("status",)
    search_fields = ("name",)

    @display(
        description="status",
        ordering="status",
        label={RunStatus.SUCCEEDED: "success", RunStatus.FAILED: "danger", RunStatus.RUNNING: "info"},
    )
    def state(self, obj: WorkerHeartbeat) -> str:
        """The latest run's status as a coloured label."""
        return obj.status


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    """Who holds the right to do what."""

    list_display = ("name", "owner", "epoch", "expires_at")
    search_fields = ("name", "owner")
