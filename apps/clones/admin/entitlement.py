"""Entitlements in the console."""

from django.contrib import admin

from apps.clones.models import Entitlement
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """What clones may use, and what was spent."""

    list_display = ("clone", "tier", "model_strength", "is_mock", "granted_at", "consumed_at", "revoked_at")
    list_filter = ("tier", "model_strength", "is_mock")
    list_select_related = ("clone",)
    search_fields = ("public_id", "source", "consumed_for", "clone__name", "clone__public_id")
