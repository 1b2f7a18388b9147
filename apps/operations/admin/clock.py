"""The market clock."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.operations.models import ClockAnchor


@admin.register(ClockAnchor)
class ClockAnchorAdmin(ReadOnlyAdmin):
    """The anchor of a virtual clock; no row means real time."""

    list_display = ("market_at", "real_at", "speed", "catch_up")
