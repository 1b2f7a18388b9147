"""How long assets were without a price that accounts could be valued or closed at."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from apps.trading.models import PriceOutage

_MINUTE = timedelta(minutes=1)


def list_outages(
    *, symbols: Collection[str] | None = None, since: datetime | None = None
) -> QuerySet[PriceOutage]:
    """Outages, newest first; with `since` those that were not over by then."""
    outages = PriceOutage.objects.select_related("asset").order_by("-began_at", "-pk")
    if symbols is not None:
        outages = outages.filter(symbol__in=symbols)
    if since is not None:
        outages = outages.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since))
    return outages


def outage_minutes(symbols: Collection[str], since: datetime, until: datetime) -> int:
    """Minutes of the span in which at least one of the assets had no good price, begun ones counted whole.

    One that is still open counts until `until`; outages at the same time count once.
    """
    spans = list_outages(symbols=symbols, since=since).filter(began_at__lt=until)
    silent = timedelta(0)
    counted_to = since
    for began_at, ended_at in sorted(spans.values_list("began_at", "ended_at"), key=lambda span: span[0]):
        end = min(ended_at or until, until)
        silent += max(end - max(began_at, counted_to), timedelta(0))
        counted_to = max(counted_to, end)
    return -(-silent // _MINUTE)
