"""D07: what becomes of new, repeated, corrected and crooked candles."""

from datetime import datetime, timedelta

import pytest

from apps.core.moments import to_ms
from apps.market.models import Candle, CandleRevision
from apps.market.services import candles
from apps.market.services.outcome import Outcome
from apps.market.types import FIVE_MINUTES_MS, HOUR_MS, MINUTE_MS, Bar
from apps.operations.models import AuditEvent
from tests.market.candle_world import DAY, HOUR, MIDNIGHT, MINUTE, bar, make_asset, minutes, row

pytestmark = pytest.mark.django_db
LATER = MIDNIGHT + HOUR + timedelta(seconds=7, microseconds=250)


def stored(at: datetime, interval_ms: int = MINUTE_MS) -> Candle:
    return Candle.objects.get(open_at=at, interval_ms=interval_ms)


def test_d07_new_candles_are_inserted_as_django_would_have_stored_them() -> None:
    asset = make_asset()
    offered = [row(asset, MIDNIGHT, 100), row(asset, MIDNIGHT + MINUTE, 101, known=LATER)]
    assert candles.write(offered, now=LATER) == candles.Written(inserted=2)
    first, second = Candle.objects.order_by("open_at")
    assert (first.open_at, first.knowable_at, first.revised_at) == (MIDNIGHT, MIDNIGHT + MINUTE, None)
    assert (second.close_micros, second.volume_micros, second.source) == (101_000_000, 10, "synthetic")
    assert second.knowable_at == LATER
    assert Candle.objects.filter(open_at=MIDNIGHT, knowable_at__lte=MIDNIGHT + MINUTE).count() == 1
    assert Candle.objects.filter(knowable_at__lt=LATER).count() == 1


def test_d07_the_same_candles_again_change_nothing() -> None:
    asset = make_asset()
    offered = minutes(asset, MIDNIGHT, [100, 101, 102])
    candles.write(offered, now=LATER)
    before = list(Candle.objects.order_by("pk").values())
    assert candles.write(offered, now=LATER + HOUR) == candles.Written(unchanged=3)
    assert list(Candle.objects.order_by("pk").values()) == before
    assert not CandleRevision.objects.exists()
    assert not AuditEvent.objects.filter(verb="market.candles.corrected").exists()


def test_d07_a_later_correction_keeps_the_earlier_values_and_is_audited() -> None:
    asset = make_asset()
    candles.write(minutes(asset, MIDNIGHT, [100, 101]), now=LATER)
    mixed = [row(asset, MIDNIGHT, 100), row(asset, MIDNIGHT + MINUTE, 150), row(asset, MIDNIGHT + 2 * MINUTE)]
    assert candles.write(mixed, now=LATER) == candles.Written(inserted=1, revised=1, unchanged=1)
    corrected = stored(MIDNIGHT + MINUTE)
    assert (corrected.close_micros, corrected.revised_at) == (150_000_000, LATER)
    assert corrected.knowable_at == MIDNIGHT + 2 * MINUTE
    assert stored(MIDNIGHT).revised_at is None
    kept = CandleRevision.objects.get()
    assert (kept.close_micros, kept.knowable_at, kept.superseded_at) == (
        101_000_000,
        MIDNIGHT + 2 * MINUTE,
        LATER,
    )
    event = AuditEvent.objects.get(verb="market.candles.corrected")
    assert event.detail["count"] == 1
    assert event.detail["candles"] == [["BTC", MINUTE_MS, "2026-03-01T00:01:00+00:00"]]


def test_d07_a_second_correction_ends_the_first_where_it_began_to_count() -> None:
    asset = make_asset()
    candles.write([row(asset, MIDNIGHT, 100)], now=LATER)
    for hours, close in ((1, 110), (2, 120)):
        candles.write([row(asset, MIDNIGHT, close)], now=LATER + hours * HOUR)
    spans = CandleRevision.objects.order_by("superseded_at").values_list(
        "close_micros", "knowable_at", "superseded_at"
    )
    assert list(spans) == [
        (100_000_000, MIDNIGHT + MINUTE, LATER + HOUR),
        (110_000_000, LATER + HOUR, LATER + 2 * HOUR),
    ]
    assert (stored(MIDNIGHT).close_micros, stored(MIDNIGHT).revised_at) == (120_000_000, LATER + 2 * HOUR)


def test_d07_values_that_never_counted_leave_no_revision() -> None:
    """A tape written ahead of the clock, and two corrections at one moment."""
    asset = make_asset()
    candles.write([row(asset, MIDNIGHT + 2 * HOUR, 100)], now=LATER)
    candles.write([row(asset, MIDNIGHT + 2 * HOUR, 105)], now=LATER)
    assert not CandleRevision.objects.exists()
    assert stored(MIDNIGHT + 2 * HOUR).revised_at is None
    candles.write([row(asset, MIDNIGHT, 100)], now=LATER)
    for close in (110, 120):
        candles.write([row(asset, MIDNIGHT, close)], now=LATER)
    assert CandleRevision.objects.get().close_micros == 100_000_000
    assert (stored(MIDNIGHT).close_micros, stored(MIDNIGHT).revised_at) == (120_000_000, LATER)


def test_d07_the_longer_candles_that_hold_a_corrected_one_are_corrected_too() -> None:
    asset = make_asset()
    base = minutes(asset, MIDNIGHT, [100] * 60)
    longer = [
        found for length in (FIVE_MINUTES_MS, HOUR_MS) for found in candles.aggregate(base, target_ms=length)
    ]
    candles.write([*base, *longer], now=LATER)
    candles.write([row(asset, MIDNIGHT + 7 * MINUTE, 300)], now=LATER + HOUR)
    top = 300_000_000 + 5_000
    for at, length in ((MIDNIGHT + 5 * MINUTE, FIVE_MINUTES_MS), (MIDNIGHT, HOUR_MS)):
        assert (stored(at, length).high_micros, stored(at, length).revised_at) == (top, LATER + HOUR)
    assert stored(MIDNIGHT, FIVE_MINUTES_MS).revised_at is None
    assert stored(MIDNIGHT + 10 * MINUTE, FIVE_MINUTES_MS).high_micros == 100_000_000 + 5_000
    assert CandleRevision.objects.count() == 3
    assert AuditEvent.objects.get(verb="market.candles.corrected").detail["derived_count"] == 2


def test_d07_what_is_no_candle_is_refused_by_row_and_the_batch_is_not_lost() -> None:
    good = [bar(MIDNIGHT + place * MINUTE) for place in range(4)]
    crooked: dict[str, Bar] = {
        "the low is above open or close": good[1]._replace(low_micros=good[1].high_micros + 1),
        "the high is below open or close": good[1]._replace(open_micros=good[1].high_micros + 1),
        "the volume is negative": good[1]._replace(volume_micros=-1),
        "a price is not positive": Bar(good[1].open_ms, 5, 6, 0, 5, 1),
        "the open time is not aligned": good[1]._replace(open_ms=good[1].open_ms + 1),
        "it repeats the one before": good[0],
        "it is still open": bar(MIDNIGHT + DAY),
    }
    for reason, fault in crooked.items():
        outcome = Outcome()
        found = candles.sound_bars(
            [good[0], fault, good[2], good[3]],
            interval_ms=MINUTE_MS,
            horizon=MIDNIGHT + HOUR,
            what="candle BTC 60000",
            outcome=outcome,
        )
        assert found == [good[0], good[2], good[3]], reason
        assert outcome.errors == [f"candle BTC 60000 at {fault.open_ms}: {reason}"]
        assert outcome.fault == "PAYLOAD_INVALID"


def test_d07_what_comes_out_of_order_is_refused_and_a_gap_derives_nothing() -> None:
    asset, outcome = make_asset(), Outcome()
    shuffled = [bar(MIDNIGHT + place * MINUTE) for place in (0, 1, 3, 2, 4)]
    found = candles.sound_bars(
        shuffled, interval_ms=MINUTE_MS, horizon=MIDNIGHT + HOUR, what="candle", outcome=outcome
    )
    assert [to_ms(MIDNIGHT + place * MINUTE) for place in (0, 1, 3, 4)] == [item.open_ms for item in found]
    assert len(outcome.errors) == 1 and "out of order" in outcome.errors[0]
    rows = candles.rows_of(asset, MINUTE_MS, found, written_at=None)
    assert candles.aggregate(rows, target_ms=FIVE_MINUTES_MS) == []


def test_d07_many_candles_in_one_batch_are_all_written() -> None:
    """More than one prepared statement, and a rest."""
    asset = make_asset()
    offered = minutes(asset, MIDNIGHT - DAY, range(100, 100 + 1_234))
    assert candles.write(offered, now=LATER).inserted == 1_234
    assert candles.write([*offered[:1_000], row(asset, MIDNIGHT)], now=LATER) == candles.Written(
        inserted=1, unchanged=1_000
    )
    assert Candle.objects.count() == 1_235
