"""What accounts traded in the fourteen full days before a day: it sets their fee tier for the whole of it."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Sum

from apps.trading.models import Fill

DAYS = timedelta(days=14)


def traded_before(account_ids: Collection[int], day: date) -> dict[int, int]:
    """The notional of all fills in the fourteen days before a UTC day, by account; who traded nothing is left out."""
    if not account_ids:
        return {}
    end = datetime.combine(day, time.min, tzinfo=UTC)
    fills = Fill.objects.filter(account_id__in=account_ids, at__gte=end - DAYS, at__lt=end).order_by()
    return dict(fills.values_list("account_id").annotate(Sum("notional_micros")))
