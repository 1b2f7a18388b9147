"""What accounts traded in the fourteen days before today: it sets their fee tier for the whole of a UTC day."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from django.db.models import Sum

from apps.trading.models import Fill, PropAccount

DAYS = timedelta(days=14)
VOLUME_FIELDS = ("volume_micros", "volume_date")
"""Columns of the account that `fix_volumes` moves; the caller saves them."""


def fix_volumes(accounts: Iterable[PropAccount], *, now: datetime) -> list[PropAccount]:
    """Fix today's volume of the accounts that have not got it yet, in one read; returns those that changed.

    The caller holds the locks of the accounts. A UTC day has one volume: the notional of all fills in the fourteen
    full days before it.
    """
    today = now.astimezone(UTC).date()
    due = [account for account in accounts if account.volume_date != today]
    if not due:
        return []
    end = datetime.combine(today, time.min, tzinfo=UTC)
    # Who never had an order has traded nothing: no read is needed for a fresh account.
    traders = [account.pk for account in due if account.order_sequence]
    fills = Fill.objects.filter(account_id__in=traders, at__gte=end - DAYS, at__lt=end).order_by()
    sums = dict(fills.values_list("account_id").annotate(Sum("notional_micros"))) if traders else {}
    for account in due:
        account.volume_micros, account.volume_date = sums.get(account.pk, 0), today
    return due
