"""The asset registry in the console: what is tracked, and since when something is gone."""

from datetime import datetime

from django.contrib import admin

from apps.market.models import Asset
from apps.market.services import assets
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor

_CHANGE = "market.change_asset"


@admin.register(Asset)
class AssetAdmin(OperatorAdmin):
    """Assets, how far their memory is written, and whether strategies may choose them."""

    list_display = (
        "symbol",
        "category",
        "is_tracked",
        "is_delisted",
        "size_decimals",
        "max_leverage",
        "source",
        "candles_until",
        "quotes_until",
    )
    ordering = ("id",)
    list_filter = ("is_tracked", "is_delisted", "category", "source")
    search_fields = ("symbol",)
    list_select_related = ()
    actions_detail = ("track", "untrack")

    @operator_action(
        description="Track", permission=_CHANGE, verb="market.asset.tracking-asked", icon="visibility"
    )
    def track(self, asset: Asset, *, reason: str, by: Actor, now: datetime) -> str:
        """Priced from the next cycle on; strategies may choose it."""
        assets.track_asset(asset=asset, by=by, reason=reason, now=now)
        return f"{asset.symbol} is tracked."

    @operator_action(
        description="Stop tracking",
        permission=_CHANGE,
        verb="market.asset.untracking-asked",
        icon="visibility_off",
    )
    def untrack(self, asset: Asset, *, reason: str, by: Actor, now: datetime) -> str:
        """No further strategy may choose it; its prices go on for those who hold it."""
        assets.untrack_asset(asset=asset, by=by, reason=reason, now=now)
        return f"{asset.symbol} is not tracked any more; its prices go on."
