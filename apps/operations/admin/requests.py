"""What arrived from outside: answers kept under idempotency keys, and events of other systems."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.operations.models import ExternalEvent, IdempotencyKey


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Answers that are replayed to the same request."""

    list_display = ("scope", "key", "status_code", "created_at", "finished_at")
    list_filter = ("status_code",)
    search_fields = ("scope", "key")


@admin.register(ExternalEvent)
class ExternalEventAdmin(ReadOnlyAdmin):
    """Messages of outside systems, stored first and handled once."""

    list_display = ("source", "external_id", "kind", "received_at", "handled_at")
    list_filter = ("source", "kind")
    search_fields = ("external_id",)
