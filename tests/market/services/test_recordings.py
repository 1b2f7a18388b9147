"""A tape holds the memory of a span: replay gives it again, another memory takes it in, a flipped byte is named."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.core.errors import DomainError
from apps.core.moments import to_ms
from apps.exchange.types import Quote as Price
from apps.market import queries
from apps.market.adapters.replay.source import ReplaySource, load
from apps.market.models import (
    Asset,
    AssetContext,
    BookSnapshot,
    Candle,
    CandleBlock,
    CandleRevision,
    FundingRate,
    IngestionRun,
    MarketSourceState,
    Quote,
)
from apps.market.services import blocks, ingest, recordings, sources
from apps.market.services.recordings import Piece, Span
from apps.market.types import HOUR_MS, MINUTE_MS, ContextTick
from apps.market.types.blocks import DayKey
from tests.market.places import START

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=2)
END = START + HOURS
SYMBOLS = ("BTC", "DOGE")


@pytest.fixture
def filled() -> None:
    """A synthetic memory: two hours of history, then half a minute of prices, books and positioning."""
    sources.select(wanted="synthetic", recording=None, seed=7, now=START, symbols=SYMBOLS)
    ingest.backfill(start=START, end=END - timedelta(minutes=1))
    for second in range(0, 61, 5):
        ingest.ingest_all(now=END - timedelta(minutes=1) + timedelta(seconds=second))


def write(folder: Path, symbols: tuple[str, ...] = ()) -> Path:
    span = Span(START, END, END + HOURS)
    recordings.export_tape(folder, wanted=recordings.pieces(symbols), span=span)
    return folder


def empty_memory() -> None:
    """As another database: the same tables without a row."""
    for model in (Quote, BookSnapshot, AssetContext, FundingRate, Candle, CandleRevision, CandleBlock):
        model.objects.all().delete()
    for other in (Asset, IngestionRun, MarketSourceState):
        other.objects.all().delete()


def prices(at: Any) -> dict[str, Price]:
    """The prices without the keys of their rows."""
    return {
        name: replace(price, reference="") for name, price in queries.latest_quotes(SYMBOLS, at=at).items()
    }


def everything() -> Iterator[Any]:
    """What every query of prices says at every moment of the last minutes, keys of rows left aside."""
    for symbol in SYMBOLS:
        for length in (MINUTE_MS, 5 * MINUTE_MS, HOUR_MS):
            yield queries.bars_in(symbol, interval_ms=length, start=START, end=END, at=END + HOURS)
        yield queries.instrument(symbol)
        yield queries.get_asset(symbol).category
        for second in range(0, 180, 5):
            at = END - timedelta(seconds=second)
            book = queries.latest_book(symbol, at=at)
            yield replace(book, reference="") if book else None
            yield queries.closed_candles(symbol, interval_ms=MINUTE_MS, at=at, limit=30)
            yield prices(at)
    for model in (AssetContext, FundingRate):
        columns = [field.name for field in model._meta.fields if field.name not in {"id", "source", "asset"}]
        yield list(model.objects.order_by("asset__symbol", "pk").values_list("asset__symbol", *columns))


@pytest.mark.usefixtures("filled")
def test_a_replay_of_a_tape_gives_the_same_candles_prices_books_and_funding(tmp_path: Path) -> None:
    source = load(write(tmp_path / "tape"))
    assert source.label == "RECORDED PRICES (tape)"
    assert source.span() == (START, END)
    assert source.intervals("BTC") == (MINUTE_MS, 5 * MINUTE_MS, HOUR_MS)
    assert {listing.instrument for listing in source.listings()} == set(queries.instruments(SYMBOLS).values())
    for candle in Candle.objects.select_related("asset"):
        length = timedelta(milliseconds=candle.interval_ms)
        window = {"start": candle.open_at, "end": candle.open_at + length}
        (bar,) = source.candles(symbol=candle.asset.symbol, interval_ms=candle.interval_ms, **window)
        assert (bar.open_ms, bar.close_micros) == (to_ms(candle.open_at), candle.close_micros)
        assert (bar.high_micros, bar.volume_micros) == (candle.high_micros, candle.volume_micros)
    for quote in Quote.objects.select_related("asset"):
        (tick,) = source.quotes(symbols=[quote.asset.symbol], at=quote.at)
        assert tick[:5] == (
            quote.asset.symbol,
            quote.mark_micros,
            quote.oracle_micros,
            quote.mid_micros,
            quote.funding_rate_e10,
        )
    assert_same_streams(source)


def assert_same_streams(source: ReplaySource) -> None:
    assert BookSnapshot.objects.count() > 10
    for snapshot in BookSnapshot.objects.select_related("asset"):
        book = source.book(symbol=snapshot.asset.symbol, at=snapshot.at)
        assert book is not None
        assert [list(level) for level in book.bids] == snapshot.bids
        assert [list(level) for level in book.asks] == snapshot.asks
    assert AssetContext.objects.exists()
    for row in AssetContext.objects.select_related("asset"):
        (context,) = source.contexts(symbols=[row.asset.symbol], at=row.at)
        assert context == ContextTick(
            row.asset.symbol,
            row.open_interest_micros,
            row.day_notional_micros,
            row.day_base_micros,
            row.previous_day_micros,
            row.premium_e10,
            row.impact_bid_micros,
            row.impact_ask_micros,
        )
    within = FundingRate.objects.filter(hour_at__gte=START, hour_at__lte=END, asset__symbol="BTC")
    paid = source.funding_history(symbol="BTC", start=START, end=END)
    assert paid
    assert [(tick.hour_ms, tick.rate_e10, tick.premium_e10) for tick in paid] == [
        (to_ms(row.hour_at), row.rate_e10, row.premium_e10) for row in within.order_by("hour_at")
    ]


@pytest.mark.usefixtures("filled")
def test_between_two_prices_the_last_one_holds_and_not_for_ever(tmp_path: Path) -> None:
    source = load(write(tmp_path / "tape"))
    last = source.quotes(symbols=["BTC"], at=END)
    assert source.quotes(symbols=["BTC"], at=END + timedelta(seconds=119)) == last
    assert source.quotes(symbols=["BTC"], at=END + timedelta(seconds=121)) == []
    assert source.book(symbol="BTC", at=END + timedelta(seconds=29)) is not None
    assert source.book(symbol="BTC", at=END + timedelta(seconds=31)) is None
    assert source.book(symbol="BTC", at=START + timedelta(seconds=1)) is None
    assert source.contexts(symbols=["BTC"], at=START) == []


@pytest.mark.usefixtures("filled")
def test_another_memory_takes_a_tape_in_and_answers_alike(tmp_path: Path) -> None:
    folder = write(tmp_path / "tape")
    FundingRate.objects.filter(hour_at__lt=START).delete()  # outside the span of the tape
    before = list(everything())
    empty_memory()
    manifest = recordings.opened(folder)
    assert (manifest.source, manifest.label) == ("synthetic", "SYNTHETIC PRICES (seed 7)")
    written = recordings.import_tape(folder, manifest, now=END)
    assert written == sum(file.rows_count for file in manifest.files)
    assert list(everything()) == before
    counts = [model.objects.count() for model in (Candle, Quote, BookSnapshot, AssetContext, FundingRate)]
    recordings.import_tape(folder, manifest, now=END)
    assert list(everything()) == before
    assert counts == [
        model.objects.count() for model in (Candle, Quote, BookSnapshot, AssetContext, FundingRate)
    ]
    state = queries.source_state()
    assert state is not None
    assert (state.name, state.span_start, state.span_end) == ("replay", START, END)
    assert ingest.ingest_all(now=END - timedelta(seconds=30)).failed == 0
    assert list(everything()) == before


@pytest.mark.usefixtures("filled")
def test_the_same_memory_makes_the_same_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "one"), write(tmp_path / "two")
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert "BTC_1m.csv.gz" in names and "manifest.json" in names
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_days_that_lie_in_blocks_are_on_the_tape_like_those_in_rows(tmp_path: Path) -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=START, symbols=["BTC"])
    ingest.backfill(start=START - timedelta(days=2), end=START, quotes=False)
    span = Span(START - timedelta(days=2), START, START)
    recordings.export_tape(tmp_path / "rows", wanted=recordings.pieces(), span=span)
    count = Candle.objects.count()
    blocks.roll_up(now=START)
    for asset in Asset.objects.all():
        for length in blocks.lengths_of(asset):
            for day in blocks.days_to_forget(asset, length, before=START):
                blocks.forget_day(DayKey(asset.pk, length, day))
    assert Candle.objects.count() < count - 1_440
    recordings.export_tape(tmp_path / "blocks", wanted=recordings.pieces(), span=span)
    names = [path.name for path in (tmp_path / "rows").iterdir()]
    assert len(names) == 4
    assert all(
        (tmp_path / "rows" / name).read_bytes() == (tmp_path / "blocks" / name).read_bytes() for name in names
    )


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ["BTC_1m.csv.gz", "DOGE_quotes.csv.gz", "BTC_books.csv.gz"])
def test_one_flipped_byte_is_named_and_nothing_is_loaded(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "tape")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    empty_memory()
    with pytest.raises(DomainError, match=f"{name} is not as it was written") as caught:
        recordings.opened(folder)
    assert caught.value.code == "RECORDING_CHANGED"
    with pytest.raises(DomainError, match=name):
        load(folder)
    assert not Asset.objects.exists()


@pytest.mark.usefixtures("filled")
def test_a_missing_file_a_foreign_name_and_a_wrong_row_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "tape")
    document = json.loads((folder / "manifest.json").read_text())
    (folder / "DOGE_5m.csv.gz").unlink()
    with pytest.raises(DomainError, match=r"lacks DOGE_5m\.csv\.gz"):
        recordings.opened(folder)
    for broken in (
        {"files": [{**document["files"][0], "name": "../BTC_1m.csv.gz"}]},
        {"format": "2"},
        {"assets": 5},
    ):
        (folder / "manifest.json").write_text(json.dumps({**document, **broken}))
        with pytest.raises(DomainError, match=r"manifest\.json"):
            recordings.opened(folder)
    with pytest.raises(DomainError, match="not a tape"):
        recordings.opened(tmp_path)


@pytest.mark.usefixtures("filled")
def test_a_tape_never_mixes_with_other_prices(tmp_path: Path) -> None:
    folder = write(tmp_path / "tape")
    with pytest.raises(DomainError, match="data folder of their own"):
        recordings.import_tape(folder, recordings.opened(folder), now=END)
    state = queries.source_state()
    assert state is not None and state.name == "synthetic"


@pytest.mark.usefixtures("filled")
def test_only_the_chosen_assets_are_written_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    assert load(write(tmp_path / "tape", ("DOGE",))).tracked() == {"DOGE"}
    with pytest.raises(DomainError, match="Memory has no WIF"):
        recordings.pieces(["WIF"])


@pytest.mark.usefixtures("filled")
def test_an_export_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = write(tmp_path / "tape")
    with pytest.raises(DomainError, match="give a new folder"):
        write(folder)

    def cut_short() -> Iterator[Piece]:
        yield recordings.pieces()[0]
        raise OSError("no space left on device")

    span = Span(START, END, END)
    with pytest.raises(OSError, match="no space"):
        recordings.export_tape(tmp_path / "other", wanted=cut_short(), span=span)
    long_ago = Span(START - 48 * HOURS, START - 24 * HOURS, END)
    with pytest.raises(DomainError, match="no candle"):
        recordings.export_tape(tmp_path / "other", wanted=recordings.pieces(), span=long_ago)
    assert [path.name for path in tmp_path.iterdir()] == ["tape"]


def test_nothing_is_exported_before_a_source_is_chosen(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="No price source"):
        write(tmp_path / "tape")
