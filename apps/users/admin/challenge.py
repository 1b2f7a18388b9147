"""Sign-in challenges in the console."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.users.models import Challenge


@admin.register(Challenge)
class ChallengeAdmin(ReadOnlyAdmin):
    """Messages that wallets were asked to sign; the nonce of an open one is not shown in the list."""

    list_display = ("address", "purpose", "chain_id", "domain", "issued_at", "expires_at", "consumed_at")
    list_filter = ("purpose", "chain_id")
    search_fields = ("address",)
    fields = (
        "address",
        "purpose",
        "chain_id",
        "domain",
        "uri",
        "issued_at",
        "expires_at",
        "consumed_at",
        "requested_by",
    )
