"""Each market invariant names a planted violation."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.invariants import candles_have_their_shape
from apps.market.models import Candle
from apps.market.services import ingest
from tests.market.places import START

pytestmark = pytest.mark.django_db


def test_a_crooked_candle_is_named() -> None:
    ingest.ingest_all(now=START, source=SyntheticSource(seed=7, symbols=("BTC",)))
    assert candles_have_their_shape() == []
    candle = Candle.objects.order_by("pk")[3]
    Candle.objects.filter(pk=candle.pk).update(knowable_at=candle.open_at - timedelta(seconds=1))
    assert candles_have_their_shape() == [f"candle:{candle.pk}"]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="checks are switched off per connection on SQLite only"
)
def test_a_candle_whose_high_is_too_low_is_named_even_past_the_constraint() -> None:
    ingest.ingest_all(now=START, source=SyntheticSource(seed=7, symbols=("BTC",)))
    candle = Candle.objects.order_by("pk")[5]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints=1")
        Candle.objects.filter(pk=candle.pk).update(high_micros=candle.low_micros - 1)
        cursor.execute("PRAGMA ignore_check_constraints=0")
    assert candles_have_their_shape() == [f"candle:{candle.pk}"]
