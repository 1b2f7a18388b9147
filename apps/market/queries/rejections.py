"""Reads of the prices that the guard refused, as they stood at a moment."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.market.models import PriceRejection


def list_rejections() -> QuerySet[PriceRejection]:
    """Return every refused price with its asset, newest first."""
    return PriceRejection.objects.select_related("asset")


def open_rejections(*, at: datetime) -> QuerySet[PriceRejection]:
    """Return the refusals that stood at `at`: refused by then, and not resolved until later; newest first."""
    return PriceRejection.objects.filter(
        Q(resolved_at__isnull=True) | Q(resolved_at__gt=at), at__lte=at
    ).order_by("-at", "-pk")


def open_faults(asset_ids: Collection[int], *, at: datetime) -> dict[int, str]:
    """Return why the newest price of an asset is held back at `at`, by asset key; one read for all."""
    rows = open_rejections(at=at).filter(asset__in=asset_ids).order_by("at", "pk")
    return dict(rows.values_list("asset_id", "reason"))
