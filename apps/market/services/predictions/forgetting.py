"""Forgetting prediction markets that are long over, so that thousands of new ones a day do not fill the store."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.market.models import (
    PredictionDefinition,
    PredictionEvent,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)

AT_ONCE = 200
"""Markets of one transaction, with all that is stored of them."""
MOST_FORGOTTEN = 20_000
"""Markets of one run; the rest waits for the next."""


def forget_markets(*, before: datetime) -> int:
    """Delete the markets that were known, and were closed or ended, before that moment; return how many.

    Each batch is a transaction of its own: a reader sees a market whole or not at all.
    """
    says = PredictionDefinition.objects.filter(market=OuterRef("pk"))
    has_ended = Exists(says) & ~Exists(says.filter(Q(ends_at__gte=before) | Q(ends_at__isnull=True)))
    over = PredictionMarket.objects.filter(knowable_at__lt=before).filter(
        Q(closed_at__lt=before) | (Q(closed_at__isnull=True) & has_ended)
    )
    keys = list(over.order_by("pk").values_list("pk", flat=True)[:MOST_FORGOTTEN])
    for first in range(0, len(keys), AT_ONCE):
        _forget(keys[first : first + AT_ONCE])
    PredictionEvent.objects.filter(knowable_at__lt=before, markets__isnull=True).delete()
    return len(keys)


@transaction.atomic
def _forget(keys: list[int]) -> None:
    for model in (PredictionLink, PredictionSnapshot, PredictionDefinition):
        model._default_manager.filter(market__in=keys).delete()
    PredictionMarket.objects.filter(pk__in=keys).delete()
