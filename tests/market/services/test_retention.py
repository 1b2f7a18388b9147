"""What memory keeps, what it thins, and that what somebody cites stays for ever."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from apps.market import queries
from apps.market.models import (
    Asset,
    AssetContext,
    BookSnapshot,
    Candle,
    CandleBlock,
    IngestionRun,
    PredictionMarket,
    PredictionSnapshot,
    Quote,
)
from apps.market.services import candles, citations, retention
from apps.market.types import FIVE_MINUTES_MS, MINUTE_MS
from tests.market.candle_world import DAY, HOUR, MIDNIGHT, MINUTE, make_asset, minutes

pytestmark = pytest.mark.django_db
NOW = MIDNIGHT + 30 * DAY + 7 * HOUR
KEEP = settings.MARKET_RETENTION


def put_quotes(asset: Asset, moments: Iterable[datetime]) -> list[Quote]:
    prices = {"mark_micros": 100, "oracle_micros": 100, "mid_micros": 100}
    return Quote.objects.bulk_create(
        Quote(asset=asset, at=at, source="synthetic", knowable_at=at, **prices) for at in moments
    )


def put_books(asset: Asset, moments: Iterable[datetime]) -> list[BookSnapshot]:
    return BookSnapshot.objects.bulk_create(
        BookSnapshot(asset=asset, at=at, bids=[[1, 1]], asks=[[2, 1]], source="synthetic", knowable_at=at)
        for at in moments
    )


def seconds(start: datetime, count: int, *, step: int = 5) -> list[datetime]:
    return [start + timedelta(seconds=place * step) for place in range(count)]


def test_prices_are_thinned_to_the_last_of_each_minute_and_whole_minutes_answer_as_before() -> None:
    asset = make_asset()
    start = NOW - KEEP["quotes"] - 10 * MINUTE - timedelta(seconds=3)
    put_quotes(asset, seconds(start, 600))
    whole = (NOW - KEEP["quotes"] - 12 * MINUTE).replace(second=0)
    asked = [whole + place * MINUTE for place in range(60)]
    before = [queries.latest_quote("BTC", at=at) for at in asked]
    retention.keep_memory_short(now=NOW)
    assert [queries.latest_quote("BTC", at=at) for at in asked] == before
    assert Quote.objects.filter(at__lt=NOW - KEEP["quotes"]).count() == 11
    assert Quote.objects.filter(at__gte=NOW - KEEP["quotes"]).count() == len(
        [at for at in seconds(start, 600) if at >= NOW - KEEP["quotes"]]
    )
    assert retention.keep_memory_short(now=NOW).done == 0


def test_prices_are_whole_since_a_moment_that_retention_has_not_reached_even_where_it_is_a_day_ahead() -> (
    None
):
    assert queries.prices_whole_since() is None
    asset = make_asset()
    put_quotes(asset, [*seconds(NOW - DAY - HOUR, 200), *seconds(NOW - DAY, 300), NOW])
    since = queries.prices_whole_since()
    assert since == NOW - DAY
    retention.keep_memory_short(now=NOW + DAY)
    assert Quote.objects.filter(at__gte=since).count() == 301
    assert Quote.objects.filter(at__lt=since).count() < 200


def test_what_is_cited_is_never_deleted_and_neither_is_the_last_price_of_an_asset() -> None:
    asset, gone = make_asset(), make_asset("GONE")
    old = NOW - 400 * DAY
    quotes, books = put_quotes(asset, seconds(old, 50)), put_books(asset, seconds(old, 50))
    last = put_quotes(gone, seconds(old, 3))[-1]
    put_quotes(asset, [NOW])
    citations.cite([f"quote:{quotes[7].pk}", f"book:{books[9].pk}", "", "recording", "quote:x"])
    citations.cite([f"quote:{quotes[7].pk}"])
    retention.keep_memory_short(now=NOW)
    assert set(Quote.objects.filter(at__lt=NOW).values_list("pk", flat=True)) == {quotes[7].pk, last.pk}
    assert list(BookSnapshot.objects.values_list("pk", flat=True)) == [books[9].pk]
    assert queries.missing_citations([f"quote:{quotes[7].pk}", f"book:{books[9].pk}"]) == set()
    assert queries.missing_citations([f"quote:{last.pk}"]) == {f"quote:{last.pk}"}


def test_contexts_and_prediction_snapshots_stay_by_the_hour_for_ever() -> None:
    asset = make_asset()
    market = PredictionMarket.objects.create(
        market_id="1", slug="one", source="polymarket", knowable_at=MIDNIGHT
    )
    begin = NOW - KEEP["minute_contexts"] - 3 * HOUR
    AssetContext.objects.bulk_create(
        AssetContext(
            asset=asset,
            at=begin + place * MINUTE,
            open_interest_micros=place,
            day_notional_micros=1,
            day_base_micros=1,
            source="synthetic",
            knowable_at=begin + place * MINUTE,
        )
        for place in range(240)
    )
    PredictionSnapshot.objects.bulk_create(
        PredictionSnapshot(
            market=market,
            status="open",
            knowable_at=NOW - KEEP["prediction_snapshots"] - 2 * HOUR + place * MINUTE,
        )
        for place in range(180)
    )
    retention.keep_memory_short(now=NOW)
    kept = AssetContext.objects.filter(at__lt=NOW - KEEP["minute_contexts"])
    assert [row.at - begin for row in kept.order_by("at")] == [0 * HOUR, HOUR, 2 * HOUR, 179 * MINUTE]
    assert AssetContext.objects.filter(at__gte=NOW - KEEP["minute_contexts"]).count() == 60
    assert PredictionSnapshot.objects.count() == 60 + 3
    retention.keep_memory_short(now=NOW + 400 * DAY)
    assert AssetContext.objects.exists() and PredictionSnapshot.objects.exists()


def test_old_runs_are_deleted() -> None:
    IngestionRun.objects.create(source="synthetic", channel="quotes", status="succeeded", started_at=MIDNIGHT)
    retention.keep_memory_short(now=MIDNIGHT + 23 * HOUR)
    assert IngestionRun.objects.count() == 1
    retention.keep_memory_short(now=MIDNIGHT + 25 * HOUR)
    assert not IngestionRun.objects.exists()


def test_minute_rows_leave_for_their_blocks_after_two_weeks_and_longer_ones_stay() -> None:
    asset = make_asset()
    base = minutes(asset, MIDNIGHT + 14 * DAY, [100] * (3 * 1440))
    candles.write([*base, *candles.aggregate(base, target_ms=FIVE_MINUTES_MS)], now=NOW)
    report = retention.keep_memory_short(now=NOW)
    assert report.failed == 0
    assert CandleBlock.objects.count() == 6
    assert Candle.objects.filter(interval_ms=MINUTE_MS).earliest("open_at").open_at == MIDNIGHT + 16 * DAY
    assert Candle.objects.filter(interval_ms=FIVE_MINUTES_MS).count() == 3 * 288


def test_d19_a_clock_that_jumps_back_deletes_nothing_as_future() -> None:
    asset = make_asset()
    candles.write(minutes(asset, NOW - HOUR, [100] * 60), now=NOW)
    put_quotes(asset, seconds(NOW - HOUR, 720))
    put_books(asset, seconds(NOW - HOUR, 720))
    for back in (HOUR, 10 * DAY, 3650 * DAY):
        assert retention.keep_memory_short(now=NOW - back).failed == 0
        assert (Candle.objects.count(), Quote.objects.count(), BookSnapshot.objects.count()) == (60, 720, 720)
        assert not CandleBlock.objects.exists()


def test_one_part_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asset = make_asset()
    put_books(asset, seconds(MIDNIGHT, 20))

    def fail(now: datetime) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(retention, "_thin_quotes", fail)
    report = retention.keep_memory_short(now=NOW)
    assert (report.failed, BookSnapshot.objects.count()) == (1, 0)
