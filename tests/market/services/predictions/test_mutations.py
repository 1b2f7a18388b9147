"""Wrong variants of a page stored for real: nothing that the tables refuse comes through, and nothing wrong stays."""

from datetime import timedelta

import pytest

from apps.core import json_strict
from apps.core.errors import AdapterError, DomainError
from apps.market.adapters.polymarket import parse
from apps.market.models import PredictionDefinition, PredictionMarket, PredictionSnapshot
from apps.market.services.predictions.store import store_markets
from tests.market.gamma import event, market
from tests.market.mutations import amount, mutations
from tests.market.services.predictions.world import NOW, TOMORROW
from tests.market.stored_predictions import subjects


@pytest.mark.django_db
def test_d21_no_wrong_row_is_stored(pytestconfig: pytest.Config) -> None:
    rows = [market(number, f"Will Bitcoin rise {number}?", ends_at=TOMORROW) for number in (1, 2, 3)]
    page = {"events": [event(1, "Bitcoin", rows), event(2, "Ether", [])], "next_cursor": "abc"}
    about, at, stored = subjects(), NOW, 0
    for label, data in mutations(page, seed=21, count=amount(pytestconfig) // 2):
        try:
            ticks, _ = parse.events_page(json_strict.loads(data, max_bytes=8_000_000), {})
        except (AdapterError, DomainError):
            continue
        at += timedelta(hours=1)
        stored += store_markets(ticks, source="polymarket", subjects=about, at=at)
        assert PredictionSnapshot.objects.filter(knowable_at__gt=at).count() == 0, label
    assert stored > 30
    for snapshot in PredictionSnapshot.objects.all():
        assert sum(snapshot.prices_e6) in (0, *range(980_000, 1_020_001))
        chances = (snapshot.best_bid_e6, snapshot.best_ask_e6, snapshot.last_e6)
        assert all(value is None or 0 <= value <= 1_000_000 for value in chances)
    assert not PredictionDefinition.objects.filter(question="").exists()
    assert all(key.isdecimal() for key in PredictionMarket.objects.values_list("market_id", flat=True))
