"""Closed days as blocks: the same answers from rows and from blocks, whatever came and whenever it is asked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.market import queries
from apps.market.models import Candle, CandleBlock, CandleRevision
from apps.market.queries import columns as reader
from apps.market.queries.columns import read_columns
from apps.market.services import blocks, candles
from apps.market.types import FIVE_MINUTES_MS, HOUR_MS, MINUTE_MS, CandleValue
from apps.market.types.blocks import DayKey
from tests.market.candle_world import DAY, HOUR, MIDNIGHT, MINUTE, make_asset, minutes, row

pytestmark = pytest.mark.django_db
FIRST = MIDNIGHT - 2 * DAY
NOW = MIDNIGHT + 7 * HOUR


def forget_everything(asset) -> int:
    return sum(
        blocks.forget_day(DayKey(asset.pk, length, day))
        for length in blocks.lengths_of(asset)
        for day in blocks.days_to_forget(asset, length, before=NOW)
    )


def test_closed_days_are_rolled_up_once_and_today_is_not() -> None:
    asset = make_asset()
    candles.write(minutes(asset, FIRST, [100] * (2 * 1440 + 60)), now=NOW)
    assert blocks.roll_up(now=NOW).done == 2
    days = CandleBlock.objects.values_list("interval_ms", "day_date", "bars_count", "source")
    assert list(days) == [
        (MINUTE_MS, FIRST.date(), 1440, "synthetic"),
        (MINUTE_MS, (FIRST + DAY).date(), 1440, "synthetic"),
    ]
    assert CandleBlock.objects.earliest("day_date").knowable_at == FIRST + DAY
    assert blocks.roll_up(now=NOW).seen == 0
    assert Candle.objects.count() == 2 * 1440 + 60


def test_a_day_is_not_closed_within_its_margin_nor_while_candles_are_still_fetched() -> None:
    asset = make_asset()
    candles.write(minutes(asset, FIRST, [100] * 1440), now=FIRST + DAY)
    assert blocks.roll_up(now=FIRST + DAY + 5 * HOUR).seen == 0
    asset.candles_until = FIRST + DAY - MINUTE
    asset.save()
    assert blocks.roll_up(now=FIRST + DAY + 6 * HOUR).seen == 0
    assert blocks.roll_up(now=FIRST + DAY + 26 * HOUR).done == 1


def test_d19_a_clock_that_jumps_back_neither_undoes_nor_repeats_a_roll_up() -> None:
    asset = make_asset()
    candles.write(minutes(asset, FIRST, [100] * 1500), now=NOW)
    blocks.roll_up(now=FIRST + DAY + 6 * HOUR)
    before = list(CandleBlock.objects.values())
    assert before
    for back in (HOUR, 12 * HOUR, 3650 * DAY):
        assert blocks.roll_up(now=FIRST + DAY + 6 * HOUR - back).seen == 0
        assert list(CandleBlock.objects.values()) == before
        assert Candle.objects.count() == 1500
    late = candles.write([row(asset, FIRST, 100)], now=FIRST - 3650 * DAY)
    assert late == candles.Written(unchanged=1)


def test_rows_are_forgotten_only_where_the_block_holds_them_number_for_number() -> None:
    asset = make_asset()
    candles.write(minutes(asset, FIRST, [100] * 1440), now=NOW)
    key = DayKey(asset.pk, MINUTE_MS, FIRST.date())
    blocks.roll_up(now=NOW)
    Candle.objects.filter(open_at=FIRST).update(volume_micros=11)
    with pytest.raises(blocks.BlockDisagrees):
        blocks.forget_day(key)
    assert Candle.objects.count() == 1440
    Candle.objects.filter(open_at=FIRST).update(volume_micros=10)
    CandleBlock.objects.update(digest="0" * 64)
    with pytest.raises(blocks.BlockDisagrees):
        blocks.forget_day(key)
    blocks.roll_up_days([key], now=NOW)
    assert blocks.forget_day(key) == 1440
    assert not Candle.objects.exists()


def test_a_correction_of_a_day_without_rows_writes_its_block_again_and_leaves_no_rows() -> None:
    asset = make_asset()
    base = minutes(asset, FIRST, range(100, 100 + 1440))
    longer = [candles.aggregate(base, target_ms=length) for length in (FIVE_MINUTES_MS, HOUR_MS)]
    candles.write([*base, *longer[0], *longer[1]], now=NOW)
    blocks.roll_up(now=NOW)
    assert forget_everything(asset) == 1440 + 288 + 24
    changed = FIRST + 3 * MINUTE
    later = NOW + HOUR
    assert candles.write([row(asset, changed, 999)], now=later).revised == 1
    assert not Candle.objects.exists()
    assert set(CandleRevision.objects.values_list("interval_ms", "superseded_at")) == {
        (MINUTE_MS, later),
        (FIVE_MINUTES_MS, later),
        (HOUR_MS, later),
    }

    def close(length: int, asked) -> int:
        found = queries.bars_in("BTC", interval_ms=length, start=FIRST, end=FIRST + HOUR, at=asked)
        return max(bar.high_micros for bar in found) // 1_000_000

    assert (close(MINUTE_MS, NOW), close(MINUTE_MS, later)) == (159, 999)
    assert (close(HOUR_MS, NOW), close(HOUR_MS, later)) == (159, 999)
    again = later + HOUR
    candles.write([row(asset, changed, 500)], now=again)
    assert [close(MINUTE_MS, at) for at in (NOW, later, again)] == [159, 999, 500]


def test_a_candle_that_comes_late_for_a_day_without_rows_joins_its_block() -> None:
    asset = make_asset()
    candles.write(minutes(asset, FIRST, [100] * 1000), now=NOW)
    blocks.roll_up(now=NOW)
    forget_everything(asset)
    late = row(asset, FIRST + 1200 * MINUTE, 77, known=NOW + HOUR)
    assert candles.write([late], now=NOW + HOUR).inserted == 1
    assert CandleBlock.objects.get().bars_count == 1001
    assert not Candle.objects.exists()
    before = queries.closed_candles("BTC", interval_ms=MINUTE_MS, at=NOW, limit=5_000)
    after = queries.closed_candles("BTC", interval_ms=MINUTE_MS, at=NOW + HOUR, limit=5_000)
    assert (len(before), len(after)) == (1000, 1001)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, list[tuple[int, int]]]]:
    """Batches as (hours after the last, [(minute, close), ...]): first values, gaps, corrections and late ones."""
    batch = st.lists(
        st.tuples(st.integers(0, 2 * 1440 + 300).map(lambda minute: minute // 97 * 97), st.integers(10, 99)),
        min_size=1,
        max_size=25,
        unique_by=lambda item: item[0],
    )
    return draw(st.lists(st.tuples(st.integers(0, 9), batch), min_size=1, max_size=4))


def answers(asked: list) -> Iterator[list[CandleValue]]:
    """What every reader says at every moment."""
    for at in asked:
        yield queries.bars_in("BTC", interval_ms=MINUTE_MS, start=FIRST, end=NOW, at=at)
        yield queries.bars_in(
            "BTC", interval_ms=MINUTE_MS, start=FIRST + 7 * HOUR, end=FIRST + 40 * HOUR, at=at
        )
        for limit in (1, 7, 500):
            yield queries.closed_candles("BTC", interval_ms=MINUTE_MS, at=at, limit=limit)
        closes = queries.latest_closes(["BTC"], interval_ms=MINUTE_MS, at=at, limit=9).get("BTC", [])
        plain = queries.closed_candles("BTC", interval_ms=MINUTE_MS, at=at, limit=9)
        assert closes == [(bar.close_at, bar.close_micros, bar.knowable_at) for bar in plain]


def check_columns(at) -> None:
    """The columns are the same candles as the rows of `bars_in`."""
    bars = queries.bars_in("BTC", interval_ms=MINUTE_MS, start=FIRST, end=NOW, at=at)
    columns = read_columns("BTC", interval_ms=MINUTE_MS, start=FIRST, end=NOW, at=at)
    rounded = [-(-int(bar.knowable_at.timestamp() * 1_000_000) // 1000) for bar in bars]
    assert columns.knowable_ms.tolist() == rounded
    assert columns.open_ms.tolist() == [int(bar.open_at.timestamp() * 1000) for bar in bars]
    for name in ("open", "high", "low", "close", "volume"):
        assert getattr(columns, name).tolist() == [getattr(bar, f"{name}_micros") for bar in bars]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), places=st.lists(st.integers(0, 140), min_size=1, max_size=4))
def test_rows_and_blocks_give_the_same_answers_at_every_moment(
    history: list[tuple[int, list[tuple[int, int]]]], places: list[int]
) -> None:
    with transaction.atomic():
        asset = make_asset()
        now, moments = FIRST, {FIRST + place * HOUR / 2 for place in places}
        for hours, batch in history:
            now = max(now + hours * HOUR, FIRST + max(minute for minute, _ in batch) * MINUTE + MINUTE)
            now += timedelta(microseconds=333)
            rows = [row(asset, FIRST + minute * MINUTE, close, known=now) for minute, close in batch]
            candles.write(sorted(rows, key=lambda item: item.open_ms), now=now)
            moments |= {now, now - timedelta(microseconds=1)}
        asked = sorted(moments)
        from_rows = list(answers(asked))
        for at in asked:
            check_columns(at)
        blocks.roll_up(now=now + 3 * DAY)
        assert list(answers(asked)) == from_rows
        forget_everything(asset)
        assert not Candle.objects.filter(open_at__lt=MIDNIGHT).exists()
        assert list(answers(asked)) == from_rows
        for at in asked:
            check_columns(at)
        transaction.set_rollback(True)


def test_postgresql_stores_the_bodies_as_they_are() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stores every body as it is")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attstorage FROM pg_attribute WHERE attrelid = 'market_candleblock'::regclass"
            " AND attname = 'body'"
        )
        assert cursor.fetchone() in (("e",), (b"e",))


def test_a_day_that_is_rolled_up_between_the_reads_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asset = make_asset()
    candles.write(minutes(asset, FIRST, [100] * 1440), now=NOW)
    bodies = reader._bodies

    def roll_up_meanwhile(asked: Any) -> Any:
        found = list(bodies(asked))
        if not CandleBlock.objects.exists():
            blocks.roll_up(now=NOW)
            forget_everything(asset)
        return found

    monkeypatch.setattr(reader, "_bodies", roll_up_meanwhile)
    assert len(read_columns("BTC", interval_ms=MINUTE_MS, start=FIRST, end=FIRST + DAY, at=NOW)) == 1440
    assert not Candle.objects.exists()
