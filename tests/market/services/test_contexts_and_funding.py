"""Positioning each minute and funding each hour: what is written, when it may be known, and what it costs the venue."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Count

from apps.core.errors import AdapterError, AdapterFault
from apps.market import queries
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, AssetContext, BookSnapshot, Candle, FundingRate, IngestionRun, Quote
from apps.market.services import ingest, sources
from apps.market.types import ContextTick, FundingTick
from tests.market.places import START
from tests.market.venue import Market

pytestmark = pytest.mark.django_db
FIVE, MINUTE, HOUR = timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1)
SYMBOLS = ("BTC", "ETH")


class World(InfoClient):
    """The venue in this process, at a time of its own."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.asked: list[str] = []
        self.changed: dict[str, Any] = {}
        self.down: set[str] = set()
        self.books_left: int | None = None
        self._market = Market(seed=7, clock=lambda: self.at)
        self.source = HyperliquidSource(self, symbols=SYMBOLS)

    def _ask(self, document: dict[str, object]) -> object:
        kind = str(document["type"])
        self.asked.append(kind)
        if kind == "l2Book" and self.books_left is not None:
            self.books_left -= 1
            if self.books_left < 0:
                raise AdapterError("spent", transient=True, fault=AdapterFault.BUDGET_SPENT)
        if kind in self.down:
            raise AdapterError("POST /info: answered 503.", transient=True)
        if kind in self.changed:
            return self.changed[kind](self._market.answer(document)[1])
        return self._market.answer(document)[1]

    def ingest(self, now: datetime | None = None, **more: Any) -> Any:
        return ingest.ingest_all(now=now or self.at, real_now=self.at, source=self.source, **more)

    def pass_time(self, span: timedelta) -> Any:
        self.at += span
        return self.ingest()


@pytest.fixture
def world() -> World:
    sources.select(wanted="live", recording=None, seed=7, now=START, answers=lambda: True)
    return World(START + timedelta(seconds=20))


def run_of(channel: str) -> IngestionRun:
    return IngestionRun.objects.filter(channel=channel).latest("id")


def test_contexts_are_written_once_a_minute_from_the_answer_that_gave_the_prices(world: World) -> None:
    world.ingest()
    assert world.asked.count("metaAndAssetCtxs") == 2  # the registry's and the prices'
    for _ in range(23):
        world.pass_time(FIVE)
    assert world.asked.count("metaAndAssetCtxs") == 2 + 23
    rows = AssetContext.objects.filter(asset__symbol="BTC").order_by("at")
    assert [row.at for row in rows] == [START + timedelta(seconds=seconds) for seconds in (20, 60, 120)]
    assert all(row.knowable_at == row.at for row in rows)
    assert (rows[0].open_interest_micros, rows[0].premium_e10) == (605_822_255_800, -4_434_847)
    assert run_of("contexts").data_at == rows[2].at


def test_d04_one_crooked_context_is_counted_with_a_reason_and_the_others_are_written(world: World) -> None:
    def crook(body: Any) -> Any:
        body[1][0]["openInterest"] = "NaN"
        return body

    world.changed["metaAndAssetCtxs"] = crook
    world.ingest()
    assert list(AssetContext.objects.values_list("asset__symbol", flat=True)) == ["ETH"]
    run = run_of("contexts")
    assert (run.status, run.fault, run.failed_count) == ("partial", "PAYLOAD_INVALID", 1)
    assert run.error == "contexts: 1 of 2 left out: not a plain decimal number: 'NaN' (1)"
    assert Quote.objects.filter(asset__symbol="BTC").exists()


@pytest.mark.parametrize("key", ["openInterest", "premium", "impactPxs"])
def test_d14_a_renamed_field_is_schema_drift_and_costs_no_price(world: World, key: str) -> None:
    def rename(body: Any) -> Any:
        return [
            body[0],
            [
                {(key + "V2" if name == key else name): value for name, value in row.items()}
                for row in body[1]
            ],
        ]

    world.changed["metaAndAssetCtxs"] = rename
    world.ingest()
    run = run_of("contexts")
    assert (run.status, run.fault) == ("failed", "SCHEMA_DRIFT")
    assert not AssetContext.objects.exists()
    assert Quote.objects.count() == 2


def test_d14_a_renamed_price_is_schema_drift_of_the_prices(world: World) -> None:
    def rename(body: Any) -> Any:
        return [
            body[0],
            [
                {("mark" if name == "markPx" else name): value for name, value in row.items()}
                for row in body[1]
            ],
        ]

    world.changed["metaAndAssetCtxs"] = rename
    world.ingest()
    assert (run_of("quotes").status, run_of("quotes").fault) == ("failed", "SCHEMA_DRIFT")
    assert not Quote.objects.exists()


def test_funding_of_two_days_is_loaded_once_and_then_each_hour_after_it_was_paid(world: World) -> None:
    world.ingest()
    btc = FundingRate.objects.filter(asset__symbol="BTC").order_by("hour_at")
    assert btc.count() == 48
    assert (btc[47].hour_at, btc[47].rate_e10, btc[47].premium_e10) == (START, 125_000, 0)
    assert {row.knowable_at for row in btc} == {world.at}
    asked = world.asked.count("fundingHistory")
    for _ in range(12):
        world.pass_time(FIVE)
    assert world.asked.count("fundingHistory") == asked == 2
    world.at = START + HOUR - FIVE
    for _ in range(6):
        world.pass_time(FIVE)
    assert world.asked.count("fundingHistory") == 4
    newest = btc.last()
    assert newest is not None and newest.hour_at == START + HOUR
    assert newest.knowable_at >= START + HOUR + timedelta(seconds=10)
    assert run_of("funding").data_at == START + HOUR


def test_an_hour_that_the_venue_does_not_have_is_not_asked_for_at_every_cycle(world: World) -> None:
    world.changed["fundingHistory"] = lambda body: []
    for _ in range(10):
        world.pass_time(FIVE)
    assert world.asked.count("fundingHistory") == 2
    assert not FundingRate.objects.exists()


def test_funding_that_failed_is_asked_for_again_by_the_next_cycle(world: World) -> None:
    world.down = {"fundingHistory"}
    report = world.ingest()
    assert report.failed == 2
    assert run_of("funding").status == "failed"
    world.down = set()
    world.pass_time(FIVE)
    assert FundingRate.objects.count() == 96
    assert run_of("funding").status == "succeeded"


def test_candles_and_prices_are_asked_for_before_contexts_and_funding(world: World) -> None:
    world.ingest()
    kinds = list(dict.fromkeys(world.asked))
    assert kinds == ["metaAndAssetCtxs", "candleSnapshot", "l2Book", "fundingHistory"]
    world.down = {"fundingHistory"}
    world.pass_time(MINUTE)
    assert Quote.objects.filter(at=world.at).count() == 2


def test_a_late_clock_has_the_funding_of_its_own_time_and_no_positioning(world: World) -> None:
    late = START - timedelta(hours=6)

    def by_hour(body: Any) -> Any:
        return [{**row, "fundingRate": f"0.00{row['time'] // 3_600_000 % 24 + 10}"} for row in body]

    world.changed["fundingHistory"] = by_hour
    world.ingest(late)
    assert not AssetContext.objects.exists()
    rows = FundingRate.objects.filter(asset__symbol="BTC")
    ahead = rows.filter(hour_at__gt=late)
    assert ahead.count() == 6
    assert all(row.knowable_at == row.hour_at + timedelta(seconds=1) for row in ahead)
    assert {row.knowable_at for row in rows.filter(hour_at__lt=late)} == {late}
    quotes = Quote.objects.filter(asset__symbol="BTC", at__gt=late, at__lte=START)
    assert quotes.count() == 360
    for quote in quotes:
        paid = (quote.at - timedelta(microseconds=1)).replace(minute=0, second=0, microsecond=0)
        expected = int(paid.timestamp()) // 3_600 % 24 + 10
        assert quote.funding_rate_e10 == expected * 1_000_000, quote.at
    assert world.asked.count("fundingHistory") == 2 * len(SYMBOLS)
    assert queries.ingestion_health(late).source is not None


def test_a_fast_clock_finds_positioning_and_funding_written_ahead_and_hidden_until_their_time() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    now = START + timedelta(minutes=30)
    for _ in range(4):
        ingest.ingest_all(now=now, lead=timedelta(minutes=20), source=source)
        now += timedelta(minutes=15)
    rows = list(AssetContext.objects.order_by("at"))
    assert [row.at for row in rows] == [START + timedelta(minutes=30 + step) for step in range(66)]
    assert all(row.knowable_at == row.at for row in rows)
    truth = SyntheticSource(seed=7).contexts(symbols=["BTC"], at=rows[17].at)[0]
    stored = AssetContext.objects.filter(pk=rows[17].pk).values_list(*ContextTick._fields[1:]).get()
    assert stored == tuple(truth)[1:]
    funding = FundingRate.objects.order_by("hour_at")
    assert (funding.count(), funding.last().hour_at) == (49, START + HOUR)  # type: ignore[union-attr]
    hour = funding.get(hour_at=START + HOUR)
    assert hour.knowable_at == START + HOUR + timedelta(seconds=1)
    assert hour.rate_e10 == source.funding_rate_e10(symbol="BTC", at=hour.hour_at)


def test_a_repeated_cycle_doubles_no_context_and_no_funding() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    for _ in range(3):
        ingest.ingest_all(now=START, lead=timedelta(minutes=5), source=source)
    assert (AssetContext.objects.count(), FundingRate.objects.count()) == (6, 49)


def test_a_source_without_positioning_is_well() -> None:
    class Bare(SyntheticSource):
        def contexts(self, **_: Any) -> list[ContextTick]:
            return []

        def funding_history(self, **_: Any) -> list[FundingTick]:
            return []

    assert ingest.ingest_all(now=START, source=Bare(seed=7, symbols=("BTC",))).failed == 0
    assert Asset.objects.count() == 1
    assert not AssetContext.objects.exists()


def test_where_the_budget_ends_early_no_book_is_always_the_last(world: World) -> None:
    world.source = HyperliquidSource(world, symbols=("BTC", "ETH", "SOL", "HYPE"))
    for _ in range(8):
        world.books_left = 1
        world.pass_time(FIVE)
    counts = BookSnapshot.objects.values("asset__symbol").annotate(count=Count("pk"))
    assert {row["asset__symbol"]: row["count"] for row in counts} == {"BTC": 2, "ETH": 2, "SOL": 2, "HYPE": 2}


def test_hours_that_later_ones_hide_are_asked_for_too(world: World) -> None:
    world.ingest()
    btc = FundingRate.objects.filter(asset__symbol="BTC")
    btc.filter(hour_at__gt=START - 30 * HOUR, hour_at__lt=START - 20 * HOUR).delete()
    world.pass_time(HOUR)
    assert sorted(btc.values_list("hour_at", flat=True)) == [
        START - step * HOUR for step in range(47, -2, -1)
    ]


def test_live_data_are_known_from_their_answer_on(world: World) -> None:
    world.ingest()
    begun = world.at = START + HOUR
    seconds = iter(range(1, 10_000))
    clock = lambda: begun + timedelta(seconds=next(seconds) / 100)  # noqa: E731 - a clock that goes on
    world.ingest(begun, clock=clock)
    assert queries.latest_quote("BTC", at=begun) != queries.latest_quote("BTC", at=begun + FIVE)
    for model in (Quote, BookSnapshot, AssetContext):
        newest = model.objects.filter(asset__symbol="BTC").latest("id")
        assert newest.at <= begun < newest.knowable_at < begun + FIVE
    candle = Candle.objects.filter(interval_ms=60_000).latest("id")
    assert begun < candle.knowable_at < begun + FIVE


def test_a_list_that_cannot_be_read_is_asked_for_every_five_minutes(world: World) -> None:
    world.ingest()
    reads = 0

    def drifted() -> Any:
        nonlocal reads
        reads += 1
        raise AdapterError("the universe is no list", transient=False, fault=AdapterFault.SCHEMA_DRIFT)

    world.at += 2 * HOUR
    world.source.listings = drifted  # type: ignore[method-assign]  # the registry alone cannot be read
    for _ in range(5):
        world.pass_time(FIVE)
        assert (run_of("assets").status, run_of("assets").fault) == ("failed", "SCHEMA_DRIFT")
    assert reads == 1
    assert run_of("quotes").status == "succeeded"
