"""Ingestion: what one cycle writes, what a failure leaves standing, and how prices are guarded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.core.errors import AdapterError
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, Candle, IngestionRun, PriceRejection, Quote
from apps.market.services import ingest, sources
from apps.market.types import QuoteTick
from tests.market.places import START

pytestmark = pytest.mark.django_db
FIVE = timedelta(seconds=5)


class Scripted(SyntheticSource):
    """The synthetic market with faults written in by a test."""

    is_predetermined = False

    def __init__(self, **faults: object) -> None:
        super().__init__(seed=7, symbols=("BTC", "ETH"))
        self.marks: dict[str, int | None] = {}
        self.broken: set[str] = set()
        self.down: set[str] = set()

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime):
        if symbol in self.broken:
            raise AdapterError("the venue answered 502", transient=True)
        return super().candles(symbol=symbol, interval_ms=interval_ms, start=start, end=end)

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        if "quotes" in self.down:
            raise AdapterError("no answer", transient=True)
        return [
            tick._replace(mark_micros=mark, oracle_micros=mark, mid_micros=mark)
            if (mark := self.marks.get(tick.symbol, tick.mark_micros)) != tick.mark_micros
            else tick
            for tick in super().quotes(symbols=symbols, at=at)
        ]


def test_a_cycle_writes_every_channel_and_its_runs() -> None:
    source = SyntheticSource(seed=7)
    report = ingest.ingest_all(now=START, source=source)
    assert report.failed == 0
    assert Asset.objects.count() == 8
    assert Quote.objects.count() == 8
    assert Candle.objects.filter(asset__symbol="BTC", interval_ms=60_000).count() == 360
    assert Candle.objects.filter(asset__symbol="BTC", interval_ms=300_000).count() == 72
    assert Candle.objects.filter(asset__symbol="BTC", interval_ms=3_600_000).count() == 6
    assert sorted(IngestionRun.objects.values_list("channel", "status")) == [
        ("assets", "succeeded"),
        ("books", "succeeded"),
        ("candles", "succeeded"),
        ("contexts", "succeeded"),
        ("funding", "succeeded"),
        ("quotes", "succeeded"),
    ]


def test_a_repeated_cycle_doubles_nothing() -> None:
    source = SyntheticSource(seed=7)
    ingest.ingest_all(now=START, source=source)
    before = (Candle.objects.count(), Quote.objects.count())
    ingest.ingest_all(now=START, source=source)
    assert (Candle.objects.count(), Quote.objects.count()) == before


def test_derived_candles_equal_their_minutes_however_the_cycles_fell() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    for seconds in (0, 7, 61, 118, 190, 420, 433, 900, 4_200):
        ingest.ingest_all(now=START + timedelta(seconds=seconds), source=source)
    minutes = {row.open_at: row for row in Candle.objects.filter(interval_ms=60_000)}
    longer = Candle.objects.filter(interval_ms__in=(300_000, 3_600_000), open_at__gte=START)
    assert longer.filter(interval_ms=300_000).count() == 14
    assert longer.filter(interval_ms=3_600_000).count() == 1
    for row in longer:
        members = [
            minutes[row.open_at + timedelta(minutes=step)] for step in range(row.interval_ms // 60_000)
        ]
        assert row.open_micros == members[0].open_micros
        assert row.close_micros == members[-1].close_micros
        assert row.high_micros == max(member.high_micros for member in members)
        assert row.low_micros == min(member.low_micros for member in members)
        assert row.volume_micros == sum(member.volume_micros for member in members)
        assert row.knowable_at == max(member.knowable_at for member in members)


def test_one_failing_asset_stops_no_other_and_is_caught_up() -> None:
    source = Scripted()
    source.broken = {"BTC"}
    report = ingest.ingest_all(now=START, source=source)
    assert report.failed == 1
    assert not Candle.objects.filter(asset__symbol="BTC").exists()
    assert Candle.objects.filter(asset__symbol="ETH", interval_ms=60_000).count() == 360
    assert Quote.objects.filter(asset__symbol="BTC").exists()
    run = IngestionRun.objects.get(channel="candles")
    assert run.status == "partial"
    assert "candles BTC: the venue answered 502" in run.error
    source.broken = set()
    ingest.ingest_all(now=START + FIVE, source=source)
    assert Candle.objects.filter(asset__symbol="BTC", interval_ms=60_000).count() >= 359


def test_one_failing_channel_stops_no_other() -> None:
    source = Scripted()
    sources.select(wanted="synthetic", recording=None, seed=7, now=START, symbols=["BTC", "ETH"])
    source.down = {"quotes"}
    ingest.ingest_all(now=START, source=source)
    assert Candle.objects.exists()
    assert not Quote.objects.exists()
    assert IngestionRun.objects.get(channel="quotes").status == "failed"
    health = queries.ingestion_health(START)
    states = {row.channel: row.status for row in health.rows}
    assert (states["quotes"], states["candles"], states["assets"]) == ("failed", "ok", "ok")
    assert not health.ok
    assert all(asset.is_stale for asset in health.assets)


@pytest.mark.parametrize(
    ("mark", "reason"), [(None, "PRICE_MISSING"), (0, "PRICE_NOT_POSITIVE"), (-5, "PRICE_NOT_POSITIVE")]
)
def test_an_absurd_price_is_refused_with_its_reason_and_the_last_good_one_stands(
    mark: int | None, reason: str
) -> None:
    source = Scripted()
    ingest.ingest_all(now=START, source=source)
    good = queries.latest_quote("BTC", at=START)
    source.marks = {"BTC": mark}
    for step in (1, 2):
        ingest.ingest_all(now=START + step * FIVE, source=source)
    assert good is not None
    assert queries.latest_quote("BTC", at=START + 2 * FIVE) == replace(good, fault=reason)
    assert queries.latest_quote("BTC", at=START + FIVE - timedelta(milliseconds=1)) == good
    assert Quote.objects.filter(asset__symbol="ETH").count() == 3
    rejection = PriceRejection.objects.get(resolved_at=None)
    assert (rejection.asset.symbol, rejection.reason) == ("BTC", reason)
    source.marks = {}
    ingest.ingest_all(now=START + 3 * FIVE, source=source)
    assert not PriceRejection.objects.filter(resolved_at=None).exists()
    assert queries.latest_quotes(["BTC"], at=START + 3 * FIVE)["BTC"].fault == ""


def test_a_jump_waits_for_a_second_tick_that_agrees() -> None:
    source = Scripted()
    ingest.ingest_all(now=START, source=source)
    good = queries.latest_quote("BTC", at=START)
    assert good is not None
    doubled = good.mark_micros * 2
    for step, mark, accepted in ((1, doubled, False), (2, doubled * 3, False), (3, doubled * 3 + 1, True)):
        source.marks = {"BTC": mark}
        at = START + step * FIVE
        ingest.ingest_all(now=at, source=source)
        quote = queries.latest_quote("BTC", at=at)
        assert quote is not None
        assert (quote.mark_micros == mark) is accepted
    jumps = PriceRejection.objects.order_by("at").values_list("rejected_micros", "at", "resolved_at")
    assert list(jumps) == [
        (doubled, START + FIVE, START + 2 * FIVE),
        (doubled * 3, START + 2 * FIVE, START + 3 * FIVE),
    ]


def test_a_lone_spike_leaves_no_trace_in_prices() -> None:
    source = Scripted()
    ingest.ingest_all(now=START, source=source)
    source.marks = {"BTC": 1}
    ingest.ingest_all(now=START + FIVE, source=source)
    source.marks = {}
    ingest.ingest_all(now=START + 2 * FIVE, source=source)
    assert Quote.objects.filter(asset__symbol="BTC").count() == 2
    assert Quote.objects.filter(mark_micros=1).count() == 0


def test_a_fast_clock_finds_its_tape_written_and_no_price_is_old() -> None:
    source = SyntheticSource(seed=7, symbols=("BTC", "SOL"))
    now = START
    for _ in range(5):
        ingest.ingest_all(now=now, lead=timedelta(minutes=10), source=source)
        for ahead in range(0, 480, 7):
            at = now + timedelta(seconds=ahead)
            quotes = queries.latest_quotes(["BTC", "SOL"], at=at)
            assert len(quotes) == 2
            for quote in quotes.values():
                age_ms = at.timestamp() * 1000 - quote.at_ms
                assert 0 <= age_ms <= 10_000
        now += timedelta(minutes=6)


def test_backfill_loads_candles_and_a_quote_at_each_close() -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=START, symbols=["SOL"])
    ingest.backfill(start=START, end=START + timedelta(hours=2))
    again = ingest.backfill(start=START, end=START + timedelta(hours=2))
    assert again.seen == 1
    assert Candle.objects.filter(interval_ms=60_000).count() == Quote.objects.count() == 120
    assert Candle.objects.filter(interval_ms=3_600_000).count() == 2
    tape = queries.price_tape(["SOL"], interval_ms=60_000, start=START, end=START + timedelta(hours=2))
    assert len(tape) == 120
    assert all(bar.close_at == START + timedelta(minutes=1 + number) for number, bar in enumerate(tape))
