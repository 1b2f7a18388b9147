"""Linked wallets in the console."""

from django.contrib import admin

from apps.operations.admin_kit import ReadOnlyAdmin
from apps.users.models import LinkedWallet


@admin.register(LinkedWallet)
class LinkedWalletAdmin(ReadOnlyAdmin):
    """Addresses that people proved."""

    list_display = ("address", "user", "chain_id", "linked_at")
    list_filter = ("chain_id",)
    list_select_related = ("user",)
    search_fields = ("address", "user__username", "user__public_id")
