"""Offers and purchases in the console."""

from django.contrib import admin

from apps.economy.models import Purchase, Quote
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    """What was offered to whom, at which fee, and whether it was used."""

    list_display = ("public_id", "user", "tier", "fee_wei", "status", "chain_id", "issued_at", "expires_at")
    list_filter = ("status", "tier", "chain_id")
    list_select_related = ("user",)
    search_fields = ("public_id", "nonce", "wallet_address", "user__username", "clone__name", "clone_name")


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    """What a deposit bought, for whom, and whether it stands."""

    list_display = ("public_id", "user", "clone", "fee_wei", "surplus_wei", "status", "made_at")
    list_filter = ("status", "chain_id")
    list_select_related = ("user", "clone")
    search_fields = (
        "public_id",
        "user__username",
        "clone__name",
        "quote__public_id",
        "deposit__public_id",
        "nonce",
    )
