"""Windows of candles: exact, shared while nothing is new, never shown before their time; features and board on top."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.market.features.indicators import indicators
from apps.market.features.values import Indicators
from apps.market.models import Asset, Candle, CandleRevision
from apps.market.queries import MarketBoard, features_at, windows
from apps.market.queries.features import FEATURE_CANDLES
from apps.market.services.blocks import forget_day, roll_up_days
from apps.market.types import CandleWindow
from apps.market.types.blocks import DayKey
from tests.market.places import START

pytestmark = pytest.mark.django_db
LENGTH_MS = 300_000
LENGTH = timedelta(milliseconds=LENGTH_MS)
LATE = timedelta(seconds=2)


@pytest.fixture(autouse=True)
def assets() -> dict[str, int]:
    rows = [
        Asset.objects.create(
            symbol=symbol, size_decimals=2, max_leverage=20, source="synthetic", created_at=START
        )
        for symbol in ("BTC", "ETH", "SOL")
    ]
    return {row.symbol: row.pk for row in rows}


def add(key: int, *numbers: int, price: int = 0, known_at: datetime | None = None) -> None:
    """Store candles by their number since START; a price says its number unless given."""
    for number in numbers:
        opened = START + number * LENGTH
        close = price or 1_000_000 + number % 37 * 1_000
        Candle.objects.create(
            asset_id=key,
            interval_ms=LENGTH_MS,
            open_at=opened,
            open_micros=close,
            high_micros=close + 500,
            low_micros=close - 500,
            close_micros=close,
            volume_micros=number,
            source="synthetic",
            knowable_at=known_at or opened + LENGTH + LATE,
        )


def read(assets: dict[str, int], at: datetime, limit: int = 5) -> dict[str, CandleWindow]:
    return windows.read_windows(assets, interval_ms=LENGTH_MS, at=at, limit=limit)


def after(number: int) -> datetime:
    """A moment at which the candle of this number is the newest that is known."""
    return START + (number + 1) * LENGTH + LATE


def test_a_window_is_the_last_candles_as_columns(assets: dict[str, int]) -> None:
    add(assets["BTC"], *range(9))
    add(assets["ETH"], 7)
    found = read(assets, after(8))
    assert found.keys() == {"BTC", "ETH"}
    window = found["BTC"]
    assert list(window.open_ms) == [to_ms(START + number * LENGTH) for number in (4, 5, 6, 7, 8)]
    assert window.volume_micros == (4, 5, 6, 7, 8)
    assert window.close_micros == (1_004_000, 1_005_000, 1_006_000, 1_007_000, 1_008_000)
    assert {high - low for high, low in zip(window.high_micros, window.low_micros, strict=True)} == {1_000}
    assert window.open_micros == window.close_micros
    assert (window.closed_ms, window.missing_count) == (to_ms(START + 9 * LENGTH), 0)
    assert window.knowable_at == after(8)
    assert (list(found["ETH"].open_ms), found["ETH"].missing_count) == ([to_ms(START + 7 * LENGTH)], 0)


def test_a_window_ends_before_what_was_not_yet_known(assets: dict[str, int]) -> None:
    add(assets["BTC"], *range(9))
    assert read(assets, after(3) - timedelta(microseconds=1))["BTC"].volume_micros == (0, 1, 2)
    assert read(assets, after(3))["BTC"].volume_micros == (0, 1, 2, 3)
    assert read(assets, START) == {}


def test_a_missing_candle_is_told_and_not_made_up(assets: dict[str, int]) -> None:
    add(assets["BTC"], 0, 1, 2, 4, 5, 8)
    window = read(assets, after(8))["BTC"]
    assert window.volume_micros == (1, 2, 4, 5, 8)
    assert list(window.open_ms) == [to_ms(START + number * LENGTH) for number in (1, 2, 4, 5, 8)]
    assert window.missing_count == 3


def test_what_is_not_new_is_shared_and_costs_one_read(assets: dict[str, int]) -> None:
    add(assets["BTC"], *range(9))
    first = read(assets, after(8))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = read({"BTC": assets["BTC"]}, after(8) + timedelta(minutes=1))
    assert again["BTC"] is first["BTC"]
    assert len(queries) == 1


def test_a_new_candle_makes_a_new_window(assets: dict[str, int]) -> None:
    add(assets["BTC"], *range(9))
    first = read(assets, after(8))["BTC"]
    add(assets["BTC"], 9)
    second = read(assets, after(9))["BTC"]
    assert second is not first
    assert second.volume_micros == (5, 6, 7, 8, 9)
    assert read(assets, after(8))["BTC"].volume_micros == first.volume_micros


@pytest.mark.parametrize("late", [LATE, timedelta(hours=2)], ids=["as history", "late"])
def test_a_candle_that_comes_into_a_gap_makes_a_new_window(assets: dict[str, int], late: timedelta) -> None:
    add(assets["BTC"], *(number for number in range(12) if number != 9))
    at = after(11) + timedelta(hours=3)
    assert read(assets, at)["BTC"].volume_micros == (6, 7, 8, 10, 11)
    add(assets["BTC"], 9, known_at=START + 10 * LENGTH + late)
    assert read(assets, at)["BTC"].volume_micros == (7, 8, 9, 10, 11)


def test_a_correction_counts_from_its_moment_on(assets: dict[str, int]) -> None:
    add(assets["BTC"], *range(9))
    at, corrected_at = after(8), after(8) + timedelta(minutes=2)
    before = read(assets, at)["BTC"]
    row = Candle.objects.get(asset=assets["BTC"], open_at=START + 6 * LENGTH)
    columns = ("asset_id", "interval_ms", "open_at", *windows._PRICES, "knowable_at")
    CandleRevision.objects.create(
        **{name: getattr(row, name) for name in columns}, superseded_at=corrected_at
    )
    Candle.objects.filter(pk=row.pk).update(close_micros=row.close_micros + 100, revised_at=corrected_at)
    assert read(assets, at)["BTC"].close_micros == before.close_micros
    assert read(assets, at)["BTC"].knowable_at == before.knowable_at
    later = read(assets, corrected_at)["BTC"]
    assert later.close_micros == tuple(
        close + (100 if volume == 6 else 0)
        for close, volume in zip(before.close_micros, before.volume_micros, strict=True)
    )
    assert later.knowable_at == corrected_at
    assert read(assets, at)["BTC"].close_micros == before.close_micros


@pytest.mark.parametrize("hour", [2, 30, 60, 200])
def test_a_window_reaches_into_the_blocks_of_days_whose_rows_are_gone(
    assets: dict[str, int], hour: int
) -> None:
    add(assets["BTC"], *range(0, 12 * 65, 6))
    at = START + timedelta(hours=hour)
    expected = {limit: contents(read(assets, at, limit)["BTC"]) for limit in (3, 70, 500)}
    days = [DayKey(assets["BTC"], LENGTH_MS, (START + timedelta(days=day)).date()) for day in range(2)]
    roll_up_days(days, now=START + timedelta(days=9))
    for day in days:
        forget_day(day)
    for limit, window in expected.items():
        assert contents(read(assets, at, limit)["BTC"]) == window


def test_a_day_that_lies_in_a_block_between_older_rows_and_the_moment_is_not_passed_over(
    assets: dict[str, int],
) -> None:
    key = assets["BTC"]
    add(key, *range(288, 900))
    days = [DayKey(key, LENGTH_MS, (START + timedelta(days=day)).date()) for day in (1, 2, 3)]
    roll_up_days(days, now=START + timedelta(days=9))
    for day in days:
        forget_day(day)
    at = START + timedelta(days=3)
    expected = contents(read(assets, at)["BTC"])
    add(key, *range(250))
    for _ in range(2):
        assert contents(read(assets, at)["BTC"]) == expected


def contents(window: CandleWindow) -> dict[str, object]:
    values = {name: getattr(window, name) for name in CandleWindow.__slots__}
    return {**values, "open_ms": list(window.open_ms)}


def test_no_more_windows_are_kept_than_fit(assets: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "KEPT_WINDOWS", 2)
    for key in assets.values():
        add(key, 1)
    for limit in (1, 2):
        read(assets, after(1), limit)
    assert len(windows._kept) == 2


def test_features_are_those_of_the_last_200_candles_and_of_nothing_before(assets: dict[str, int]) -> None:
    last = FEATURE_CANDLES + 20
    add(assets["BTC"], *range(21, last + 1))
    found = features_at("BTC", interval_ms=LENGTH_MS, at=after(last))
    closes = [1_000_000 + number % 37 * 1_000 for number in range(21, last + 1)]
    assert found.indicators == indicators(closes)
    assert (found.candles_count, found.missing_count) == (FEATURE_CANDLES, 0)
    assert found.closed_at == START + (last + 1) * LENGTH
    assert found.knowable_at == after(last)
    add(assets["BTC"], *range(21), price=9_000_000)
    windows.forget()
    assert features_at("BTC", interval_ms=LENGTH_MS, at=after(last)) == found


def test_features_of_nothing_are_empty_and_of_nobody_an_error(assets: dict[str, int]) -> None:
    found = features_at("SOL", interval_ms=LENGTH_MS, at=START)
    assert (found.candles_count, found.closed_at, found.indicators) == (0, None, Indicators())
    with pytest.raises(NotFound):
        features_at("NOPE", interval_ms=LENGTH_MS, at=START)


def test_a_board_reads_the_windows_of_many_once_and_computes_once_for_all_boards(
    assets: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in assets.values():
        add(key, *range(30))
    board = MarketBoard(after(29))
    with CaptureQueriesContext(connection) as queries:
        found = board.features([*assets, "NOPE"], interval_ms=LENGTH_MS)
        assert board.features(["BTC"], interval_ms=LENGTH_MS)["BTC"] is found["BTC"]
        assert board.windows(assets, interval_ms=LENGTH_MS, limit=FEATURE_CANDLES).keys() == assets.keys()
    assert len(queries) == 3, (
        "the registry, the rows, and whether so few rows have days in blocks before them"
    )
    assert found["NOPE"].candles_count == 0
    assert {item.candles_count for symbol, item in found.items() if symbol != "NOPE"} == {30}
    other = MarketBoard(after(29) + timedelta(seconds=30)).features(assets, interval_ms=LENGTH_MS)
    assert all(other[symbol] is found[symbol] for symbol in assets)
