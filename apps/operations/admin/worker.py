"""Workers and leases."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.operations.models import Lease, WorkerHeartbeat


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    """How everything that runs by itself is doing."""

    list_display = (
        "name",
        "status",
        "last_success_at",
        "latency_ms",
        "seen_count",
        "done_count",
        "failed_count",
    )
    list_filter = ("status",)
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    """Who holds the right to do what."""

    list_display = ("name", "owner", "epoch", "expires_at")
    search_fields = ("name", "owner")
    ordering = ("name",)
