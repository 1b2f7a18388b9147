"""Markets that are long over are forgotten whole; whatever goes on is kept."""

from datetime import timedelta

import pytest

from apps.market import queries
from apps.market.models import (
    PredictionDefinition,
    PredictionEvent,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.services.retention import keep_memory_short
from apps.market.types import PredictionView
from tests.market.gamma import event, market
from tests.market.services.predictions.world import NOW
from tests.market.stored_predictions import store

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_what_ended_a_month_ago_goes_and_the_rest_stays() -> None:
    ends = {1: -31, 2: -31, 3: 60, 4: 60, 5: -31}
    rows = {
        number: market(
            number, f"Will {'it rain' if number == 5 else 'Bitcoin rise'}?", ends_at=NOW + days * DAY
        )
        for number, days in ends.items()
    }
    rows[1]["closed"] = rows[4]["closed"] = True
    rows[3]["endDate"] = None
    store([event(number, "Rise", [row]) for number, row in rows.items()], at=NOW - 40 * DAY)
    store([event(6, "Rise", [market(6, "Bitcoin?", ends_at=NOW - 31 * DAY)])], at=NOW - DAY)

    keep_memory_short(now=NOW)
    assert set(PredictionMarket.objects.values_list("market_id", flat=True)) == {"3", "6"}
    assert set(PredictionEvent.objects.values_list("event_id", flat=True)) == {"3", "6"}
    for model in (PredictionDefinition, PredictionSnapshot, PredictionLink):
        assert model._default_manager.count() == 2
    (kept,) = queries.list_predictions("BTC", view=PredictionView.LATER, at=NOW)
    assert kept.market_id == "3"


def test_a_moved_end_keeps_a_market() -> None:
    store([event(1, "Rise", [market(1, "Bitcoin?", ends_at=NOW - 60 * DAY)])], at=NOW - 70 * DAY)
    store([event(1, "Rise", [market(1, "Bitcoin?", ends_at=NOW + 60 * DAY)])], at=NOW - 65 * DAY)
    keep_memory_short(now=NOW)
    assert PredictionDefinition.objects.count() == 2


def test_a_clock_that_jumps_back_forgets_nothing() -> None:
    store([event(1, "Rise", [market(1, "Bitcoin?", ends_at=NOW, closed=True)])], at=NOW)
    keep_memory_short(now=NOW - 365 * DAY)
    assert PredictionMarket.objects.count() == 1
