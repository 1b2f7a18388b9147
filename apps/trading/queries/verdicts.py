"""What became of proposed actions, and how many orders and fills there are."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count

from apps.trading.models import (
    ActionVerdict,
    Fill,
    Order,
)
from apps.trading.types import VerdictStatus


def verdicts_of(action_ids: Iterable[int]) -> dict[int, ActionVerdict]:
    """What became of these proposed actions, by action key; actions without a verdict are left out."""
    return {row.action_id: row for row in ActionVerdict.objects.filter(action_id__in=list(action_ids))}


def count_verdicts(
    *, account_ids: Collection[int] | None = None, since: datetime | None = None
) -> dict[str, int]:
    """How many actions were executed, denied and held; `since` is a verdict's moment."""
    verdicts = ActionVerdict.objects.order_by()
    if account_ids is not None:
        verdicts = verdicts.filter(account_id__in=account_ids)
    if since is not None:
        verdicts = verdicts.filter(at__gte=since)
    found = dict(verdicts.values_list("status").annotate(Count("id")))
    return {status.value: found.get(status.value, 0) for status in VerdictStatus}


def denials_by_reason(
    *, account_ids: Collection[int] | None = None, since: datetime | None = None
) -> dict[str, int]:
    """How many actions each gate denied, by stable code, sorted by code; `since` is a verdict's moment."""
    verdicts = ActionVerdict.objects.filter(status=VerdictStatus.DENIED).order_by()
    if account_ids is not None:
        verdicts = verdicts.filter(account_id__in=account_ids)
    if since is not None:
        verdicts = verdicts.filter(at__gte=since)
    return dict(sorted(verdicts.values_list("reason_code").annotate(Count("id"))))


def count_orders(*, account_ids: Collection[int] | None = None) -> int:
    """How many orders were filled."""
    orders = Order.objects.all()
    return (orders if account_ids is None else orders.filter(account_id__in=account_ids)).count()


def count_fills(*, account_ids: Collection[int] | None = None) -> int:
    """How many fills were booked."""
    fills = Fill.objects.all()
    return (fills if account_ids is None else fills.filter(account_id__in=account_ids)).count()
