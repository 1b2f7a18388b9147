"""No read ever returns what was knowable later than the moment asked about."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import BookSnapshot, Candle, Quote
from apps.market.services import ingest
from tests.market.places import START

pytestmark = pytest.mark.django_db
LENGTHS = st.sampled_from([60_000, 300_000, 3_600_000])


def millis(moment) -> int:
    return round(moment.timestamp() * 1000)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(second=st.integers(-7_200, 1_500), length=LENGTHS, limit=st.integers(1, 50))
def test_reads_know_nothing_later(second: int, length: int, limit: int) -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    ingest.backfill(start=START - timedelta(hours=2), end=START, quotes=False, source=source)
    ingest.ingest_all(now=START + timedelta(seconds=30), lead=timedelta(minutes=20), source=source)
    at = START + timedelta(seconds=second)

    found = queries.closed_candles("BTC", interval_ms=length, at=at, limit=limit)
    assert all(candle.knowable_at <= at and candle.close_at <= at for candle in found)
    expected = Candle.objects.filter(interval_ms=length, knowable_at__lte=at).order_by("-open_at")[:limit]
    assert [candle.open_at for candle in found] == [row.open_at for row in reversed(expected)]

    quote = queries.latest_quote("BTC", at=at)
    newest = Quote.objects.filter(knowable_at__lte=at).order_by("-at").first()
    assert (quote and quote.reference) == (newest and f"quote:{newest.pk}")
    assert quote is None or quote.at_ms <= millis(at)

    book = queries.latest_book("BTC", at=at)
    snapshot = BookSnapshot.objects.filter(knowable_at__lte=at).order_by("-at").first()
    assert (book and book.reference) == (snapshot and f"book:{snapshot.pk}")

    memory = queries.memory_at("BTC", at=at)
    assert memory.max_knowable_at is None or memory.max_knowable_at <= at


def test_a_candle_written_late_is_not_known_before_it_was_written() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    ingest.ingest_all(now=START, source=source)
    late = START + timedelta(minutes=3, seconds=20)
    ingest.ingest_all(now=late, source=source)
    before = queries.closed_candles("BTC", interval_ms=60_000, at=late - timedelta(seconds=1), limit=1)
    after = queries.closed_candles("BTC", interval_ms=60_000, at=late, limit=1)
    assert before[0].close_at == START
    assert after[0].close_at == START + timedelta(minutes=3)


def test_pages_backwards_join_without_a_gap_or_a_candle_twice() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    ingest.backfill(start=START - timedelta(hours=1), end=START, quotes=False, source=source)
    whole = queries.closed_candles("BTC", interval_ms=60_000, at=START, limit=1_000)
    pages, before = [], None
    while found := queries.closed_candles("BTC", interval_ms=60_000, at=START, limit=7, before=before):
        pages, before = found + pages, found[0].open_at
    assert pages == whole and len(whole) == 60


def test_every_read_is_bounded() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    ingest.ingest_all(now=START, source=source)
    bars = queries.bars_in("BTC", interval_ms=60_000, start=START - timedelta(hours=1), end=START)
    assert len(bars) == 60
    assert bars == queries.closed_candles("BTC", interval_ms=60_000, at=START, limit=60)
    assert queries.base_interval_ms("BTC") == 60_000
    assert queries.instruments(["BTC", "NOPE"]).keys() == {"BTC"}
