"""Several sweeps at once, without a lease: nothing is stored twice, and none fails."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Count

from apps.market.models import (
    PredictionDefinition,
    PredictionEvent,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from tests.contenders import RACE, crowd
from tests.market.gamma import event, market
from tests.market.services.predictions.world import NOW, TOMORROW
from tests.market.stored_predictions import store, subjects

pytestmark = RACE
WORKERS = 4


def page(question: str, status: bool) -> list[dict[str, Any]]:
    return [
        event(number, "Rise", [market(number, question, ends_at=TOMORROW, acceptingOrders=status)])
        for number in range(1, 61)
    ]


def sweep(events: list[dict[str, Any]], begin: datetime, worker: int) -> None:
    """One worker's; their clocks differ by seconds."""
    store(events, at=begin + timedelta(seconds=worker))


def test_d15_sweeps_without_a_lease_store_nothing_twice() -> None:
    subjects()
    rounds = [("Will Bitcoin rise?", True), ("Will Bitcoin fall?", False), ("Will Ethereum rise?", True)]
    for number, (question, status) in enumerate(rounds):
        events, begin = page(question, status), NOW + timedelta(hours=number)
        crowd(WORKERS, partial(sweep, events, begin))
    assert PredictionMarket.objects.count() == PredictionEvent.objects.count() == 60
    for model in (PredictionDefinition, PredictionSnapshot):
        per_market = model._default_manager.order_by().values("market").annotate(n=Count("pk"))
        assert {row["n"] for row in per_market} == {3}
    standing = PredictionLink.objects.filter(withdrawn_at__isnull=True)
    assert set(standing.values_list("asset__symbol", flat=True)) == {"ETH"}
    assert standing.count() == 60
    assert PredictionLink.objects.count() == 120
