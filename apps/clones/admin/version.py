"""Published strategies in the console."""

from django.contrib import admin

from apps.clones.models import StrategyVersion
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(StrategyVersion)
class StrategyVersionAdmin(ReadOnlyAdmin):
    """Immutable versions; the strategy itself is its owner's and is not shown."""

    list_display = ("clone", "number", "is_active", "digest", "published_at")
    list_filter = ("is_active",)
    list_select_related = ("clone",)
    search_fields = ("public_id", "digest", "clone__name", "clone__public_id")
    fields = ("public_id", "clone", "number", "is_active", "digest", "published_at")
