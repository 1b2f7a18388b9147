"""What accounts traded in the fourteen days before today: it sets their fee tier for the whole of a UTC day."""

from collections.abc import Iterable
from datetime import UTC, datetime

from apps.trading.models import PropAccount
from apps.trading.queries.volumes import traded_before

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
    # Who never had an order has traded nothing: no read is needed for a fresh account.
    sums = traded_before([account.pk for account in due if account.order_sequence], today)
    for account in due:
        account.volume_micros, account.volume_date = sums.get(account.pk, 0), today
    return due
