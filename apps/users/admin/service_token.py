"""Service tokens in the console: hashes only."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.users.models import ServiceToken


@admin.register(ServiceToken)
class ServiceTokenAdmin(ReadOnlyAdmin):
    """Credentials of programs; the secret is not stored and cannot be shown."""

    list_display = ("name", "hint", "scopes", "issued_at", "expires_at", "revoked_at")
    search_fields = ("name", "hint")
    fields = ("name", "hint", "scopes", "issued_by", "issued_at", "expires_at", "revoked_at")
