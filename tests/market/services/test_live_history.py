"""A live venue and a clock that is late: history until it has caught up, holes and failures healed afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.market import queries
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import BookSnapshot, Candle, IngestionRun, Quote
from apps.market.services import ingest, sources
from tests.market.places import START
from tests.market.venue import Market

pytestmark = pytest.mark.django_db
LATE = START - timedelta(hours=6)
SYMBOLS = ("BTC", "ETH", "SOL", "HYPE")
MINUTE = timedelta(minutes=1)
FIVE = timedelta(seconds=5)
LEAD = timedelta(seconds=600)
PRICED = dict.fromkeys(("assets", "candles", "quotes", "books"), "ok")


class World(InfoClient):
    """The venue in this process: its real time is `at`, and questions for which `refuses` holds fail.

    Candles for which `bends` holds come crooked.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.refuses: Callable[[dict[str, Any]], bool] = lambda question: False
        self.transient = True
        self.bends: Callable[[dict[str, Any]], bool] = lambda bar: False
        self.asked: list[dict[str, Any]] = []
        self._market = Market(seed=7, clock=lambda: self.at)
        self.source = HyperliquidSource(self, symbols=SYMBOLS)

    def _ask(self, document: dict[str, object]) -> object:
        self.asked.append(document)
        if self.refuses(document):
            raise AdapterError("POST /info: answered 503.", transient=self.transient)
        body = self._market.answer(document)[1]
        if document["type"] == "candleSnapshot":
            return [{**bar, "h": "0.000001"} if self.bends(bar) else bar for bar in body]
        return body

    def ingest(self, now: datetime, **more: Any) -> Any:
        return ingest.ingest_all(now=now, real_now=self.at, source=self.source, **more)

    def backfill(self) -> Any:
        return ingest.backfill(start=LATE - timedelta(hours=2), end=LATE, source=self.source)


@pytest.fixture
def world() -> World:
    sources.select(wanted="live", recording=None, seed=7, now=START, answers=lambda: True)
    return World(START + timedelta(seconds=20))


def venue_rows(at: datetime) -> dict[str, str]:
    """How the venue's own channels stand."""
    rows = queries.ingestion_health(at).rows
    return {row.channel: row.status for row in rows if row.source == "hyperliquid"}


def close_at(symbol: str, at: datetime) -> int:
    bars = SyntheticSource(seed=7).candles(symbol=symbol, interval_ms=60_000, start=at - MINUTE, end=at)
    return bars[-1].close_micros


def test_a_late_clock_sees_the_prices_of_its_own_time_and_no_book(world: World) -> None:
    assert world.backfill().failed == 0
    assert world.ingest(LATE).failed == 0
    for hours in (0, 1, 4):
        at = LATE + timedelta(hours=hours)
        for symbol, quote in queries.latest_quotes(SYMBOLS, at=at + timedelta(seconds=59)).items():
            assert (quote.mark_micros, quote.at_ms) == (close_at(symbol, at), at.timestamp() * 1000)
    assert not any(asset.is_stale for asset in queries.ingestion_health(LATE + timedelta(seconds=59)).assets)
    assert all(asset.is_stale for asset in queries.ingestion_health(START + timedelta(seconds=20)).assets)
    assert not BookSnapshot.objects.exists()
    assert Quote.objects.filter(asset__symbol="BTC").count() == 8 * 60
    assert queries.closed_candles("BTC", interval_ms=60_000, at=LATE, limit=1)[0].close_at == LATE
    assert queries.closed_candles("BTC", interval_ms=3_600_000, at=START, limit=9)[-1].close_at == START


def test_a_hurrying_clock_asks_the_venue_once_per_lead(world: World) -> None:
    world.backfill()
    world.ingest(LATE, lead=LEAD)
    before = len(world.asked)
    assert world.ingest(LATE + timedelta(minutes=3), lead=LEAD).skipped == 1
    assert len(world.asked) == before
    world.at += MINUTE
    world.ingest(LATE + timedelta(minutes=10), lead=LEAD)
    asked = [question["type"] for question in world.asked[before:]]
    assert asked == ["candleSnapshot"] * len(SYMBOLS)


def test_once_caught_up_it_takes_the_prices_and_books_of_now(world: World) -> None:
    world.backfill()
    world.ingest(LATE)
    world.at += timedelta(minutes=2)
    report = world.ingest(world.at)
    assert report.failed == 0
    quote = queries.latest_quote("BTC", at=world.at)
    tick = SyntheticSource(seed=7).quotes(symbols=["BTC"], at=world.at)[0]
    assert quote is not None
    assert (quote.mark_micros, quote.oracle_micros) == (tick.mark_micros, tick.oracle_micros)
    assert BookSnapshot.objects.filter(at=world.at).count() == len(SYMBOLS)
    assert PRICED.items() <= venue_rows(world.at).items()


def test_half_a_history_is_kept_and_the_rest_fetched_later_without_looking_ahead(world: World) -> None:
    world.refuses = lambda question: question.get("req", {}).get("coin") in {"SOL", "HYPE"}
    report = world.backfill()
    assert (report.seen, report.failed) == (4, 2)
    assert "candles SOL: POST /info: answered 503." in report.errors[0]
    assert Candle.objects.filter(asset__symbol="ETH", interval_ms=60_000).count() == 120
    assert not Candle.objects.filter(asset__symbol="SOL").exists()
    world.refuses = lambda question: False
    assert world.ingest(LATE).failed == 0
    late = Candle.objects.filter(asset__symbol="SOL", interval_ms=60_000)
    assert late.count() == 12 * 60
    assert min(late.values_list("knowable_at", flat=True)) == LATE
    assert queries.latest_quote("SOL", at=LATE - timedelta(seconds=1)) is None
    assert queries.latest_quotes(SYMBOLS, at=LATE).keys() == set(SYMBOLS)


def test_nothing_at_all_is_no_reason_to_stop(world: World) -> None:
    world.refuses = lambda question: True
    assert world.backfill().errors == ("assets: POST /info: answered 503.",)
    assert world.ingest(LATE).failed == 1
    world.refuses = lambda question: False
    assert world.ingest(LATE + MINUTE).failed == 0
    assert queries.latest_quotes(SYMBOLS, at=LATE + MINUTE).keys() == set(SYMBOLS)


def test_a_venue_in_trouble_is_asked_little_a_senseless_answer_concerns_its_asset_alone(world: World) -> None:
    world.ingest(world.at)
    world.refuses = lambda question: True
    before = len(world.asked)
    world.at += MINUTE
    report = world.ingest(world.at)
    assert [question["type"] for question in world.asked[before:]] == [
        "metaAndAssetCtxs",
        *["candleSnapshot"] * 3,
        *["l2Book"] * 3,
        "metaAndAssetCtxs",
    ]
    assert report.failed == 10
    health = queries.ingestion_health(world.at)
    assert {venue_rows(world.at)[channel] for channel in ("candles", "quotes", "books")} == {"failed"}
    assert all(asset.is_stale for asset in health.assets)
    world.transient = False
    world.refuses = lambda question: question.get("req", {}).get("coin") in {"BTC", "ETH", "SOL"}
    assert world.ingest(world.at + FIVE).failed == 3
    assert IngestionRun.objects.filter(channel="candles").latest("id").rows_written == 1


def test_a_venue_that_comes_back_fills_the_hole_it_left(world: World) -> None:
    world.ingest(world.at)
    left = world.at
    world.refuses = lambda question: True
    for _ in range(3):
        world.at += FIVE
        world.ingest(world.at)
    assert queries.latest_quote("BTC", at=world.at) == queries.latest_quote("BTC", at=left)
    world.refuses = lambda question: False
    world.at = left + timedelta(minutes=27)
    assert world.ingest(world.at).failed == 0
    hole = Candle.objects.filter(asset__symbol="BTC", interval_ms=60_000, open_at__gte=START)
    assert hole.count() == 27
    assert {row.knowable_at for row in hole} == {world.at}
    longer = Candle.objects.filter(asset__symbol="BTC", interval_ms=300_000, open_at__gte=START)
    assert longer.count() == 5
    assert not Quote.objects.filter(at__gt=left, at__lt=world.at).exists()
    assert PRICED.items() <= venue_rows(world.at).items()


def test_a_crooked_candle_leaves_no_hole_once_the_venue_mends_it(world: World) -> None:
    world.ingest(world.at)
    bent_ms = int((START + 2 * MINUTE).timestamp() * 1000)
    world.bends = lambda bar: bar["t"] == bent_ms
    world.at += 5 * MINUTE
    assert any("crooked" in line or "high" in line for line in world.ingest(world.at).errors)
    stored = Candle.objects.filter(interval_ms=60_000, open_at__gte=START, asset__symbol="BTC")
    assert [row.open_at for row in stored] == [START + step * MINUTE for step in (0, 1, 3, 4)]
    assert not Candle.objects.filter(interval_ms=300_000, open_at=START).exists()
    world.bends = lambda bar: False
    world.at += FIVE
    assert world.ingest(world.at).failed == 0
    assert stored.all().count() == 5
    assert Candle.objects.filter(interval_ms=300_000, open_at=START).count() == len(SYMBOLS)


def test_a_candle_that_stays_crooked_is_not_asked_for_for_ever(world: World) -> None:
    world.ingest(world.at)
    bent_ms = int((START + 2 * MINUTE).timestamp() * 1000)
    world.bends = lambda bar: bar["t"] == bent_ms
    world.at += 14 * MINUTE
    world.ingest(world.at)
    world.at += FIVE
    before = len(world.asked)
    world.ingest(world.at)
    assert "candleSnapshot" not in {question["type"] for question in world.asked[before:]}
