"""Health is the age of data: which channels a source should have, how each stands, and how soon that is seen."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError, AdapterFault
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, FundingRate, IngestionRun, MarketSourceState
from apps.market.services import ingest
from apps.market.services.outcome import Outcome
from apps.market.services.runs import run_channel
from apps.market.types import (
    CAPITAL_CHANNELS,
    PREDICTION_CHANNELS,
    PRICE_CHANNELS,
    BookTick,
    Channel,
    ChannelHealth,
)
from tests.market.places import START

pytestmark = pytest.mark.django_db
FIVE = timedelta(seconds=5)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def choose(name: str) -> None:
    MarketSourceState.objects.update_or_create(
        id=1, defaults={"name": name, "label": name, "reason": "a test", "selected_at": START}
    )


def run(
    channel: Channel, *, source: str, at: datetime, data_at: datetime | None = None, **columns: Any
) -> None:
    IngestionRun.objects.create(
        **{
            "source": source,
            "channel": channel,
            "status": "succeeded",
            "started_at": at,
            "finished_at": at,
            "data_at": data_at,
            **columns,
        }
    )


def row(channel: Channel, at: datetime, **more: Any) -> ChannelHealth:
    return next(one for one in queries.ingestion_health(at, **more).rows if one.channel == channel)


@pytest.mark.parametrize(
    ("name", "others", "absent"),
    [
        ("hyperliquid", {"polymarket", "defillama"}, set()),
        ("synthetic", set(), set()),
        ("replay", set(), {Channel.BOOKS, Channel.CONTEXTS, Channel.FUNDING, Channel.PREDICTIONS}),
    ],
)
def test_each_source_has_the_channels_that_it_should_have(
    name: str, others: set[str], absent: set[Channel]
) -> None:
    choose(name)
    health = queries.ingestion_health(START)
    channels = {one.channel for one in health.rows}
    everything = {spec.channel for spec in (*PRICE_CHANNELS, *PREDICTION_CHANNELS, *CAPITAL_CHANNELS)}
    missing = everything - channels
    assert absent <= missing
    assert bool(missing) is (name == "replay")
    assert {one.source for one in health.rows} == {name} | others
    assert {one.status for one in health.rows} == {"missing"}
    assert not health.ok


def test_a_recording_with_funding_has_the_channel_and_coarse_candles_may_be_older() -> None:
    choose("replay")
    asset = Asset.objects.create(
        symbol="BTC",
        size_decimals=5,
        max_leverage=40,
        source="replay",
        base_interval_ms=300_000,
        created_at=START,
    )
    FundingRate.objects.create(asset=asset, hour_at=START, rate_e10=1, source="replay", knowable_at=START)
    rows = {one.channel: one for one in queries.ingestion_health(START).rows}
    assert rows.keys() == {Channel.ASSETS, Channel.CANDLES, Channel.QUOTES, Channel.FUNDING}
    assert (rows[Channel.CANDLES].expected_cadence_sec, rows[Channel.CANDLES].stale_after_sec) == (300, 900)


SPECS = [(spec, "hyperliquid") for spec in PRICE_CHANNELS]
SPECS += [(spec, "polymarket") for spec in PREDICTION_CHANNELS]
SPECS += [(spec, "defillama") for spec in CAPITAL_CHANNELS]


@pytest.mark.parametrize(("spec", "source"), SPECS)
def test_d16_runs_that_succeed_and_bring_nothing_new_are_stale(spec: Any, source: str) -> None:
    choose("hyperliquid")
    run(spec.channel, source=source, at=START, data_at=START)
    edge = START + spec.stale_after
    run(spec.channel, source=source, at=edge, data_at=START)
    assert row(spec.channel, edge).status == "ok"
    stalled = row(spec.channel, edge + timedelta(seconds=1))
    assert (stalled.status, stalled.age_sec) == ("stale", int(spec.stale_after.total_seconds()) + 1)
    run(spec.channel, source=source, at=edge + 2 * FIVE, data_at=edge + FIVE)
    assert row(spec.channel, edge + 2 * FIVE).status == "ok"


@pytest.mark.parametrize(("spec", "source"), SPECS)
def test_a_source_that_fails_is_degraded_at_once_and_well_with_its_next_run(spec: Any, source: str) -> None:
    choose("hyperliquid")
    run(spec.channel, source=source, at=START, data_at=START)
    columns = {"status": "failed", "fault": "SERVER_ERROR", "error": "answered 503"}
    run(spec.channel, source=source, at=START + spec.every, **columns)
    down = row(spec.channel, START + spec.every)
    assert (down.status, down.fault, down.error) == ("failed", "SERVER_ERROR", "answered 503")
    assert down.age_sec == int(spec.every.total_seconds())
    later = START + 2 * spec.every
    run(spec.channel, source=source, at=later, status="running", finished_at=None)
    assert row(spec.channel, later).status == "failed"
    run(spec.channel, source=source, at=later, data_at=later, rows_written=3)
    back = row(spec.channel, later)
    assert (back.status, back.age_sec, back.rows_written, back.fault) == ("ok", 0, 3, "")


def test_a_run_under_way_is_running_while_data_are_fresh_and_stale_when_it_never_ends() -> None:
    choose("hyperliquid")
    run(Channel.PREDICTIONS, source="polymarket", at=START, data_at=START)
    run(Channel.PREDICTIONS, source="polymarket", at=START + MINUTE, status="running", finished_at=None)
    assert row(Channel.PREDICTIONS, START + MINUTE).status == "running"
    assert row(Channel.PREDICTIONS, START + 6 * MINUTE).status == "stale"


def test_a_first_run_under_way_has_brought_nothing_yet() -> None:
    choose("hyperliquid")
    run(Channel.PREDICTIONS, source="polymarket", at=START, status="running", finished_at=None)
    assert row(Channel.PREDICTIONS, START).status == "missing"


def test_partly_failed_is_well_while_data_are_fresh_and_shows_its_error() -> None:
    choose("hyperliquid")
    run(
        Channel.CANDLES,
        source="hyperliquid",
        at=START,
        data_at=START,
        status="partial",
        error="BTC: no answer",
    )
    assert (row(Channel.CANDLES, START).status, row(Channel.CANDLES, START).error) == ("ok", "BTC: no answer")
    assert row(Channel.CANDLES, START + 4 * MINUTE).status == "stale"


def test_d14_a_changed_shape_is_shown_as_what_it_is() -> None:
    choose("hyperliquid")
    run(Channel.CAPITAL_BASE, source="defillama", at=START, data_at=START)

    def read(outcome: Outcome) -> None:
        raise AdapterError("chains have no field tvl", transient=False, fault=AdapterFault.SCHEMA_DRIFT)

    later = START + 15 * MINUTE
    report = run_channel(
        source="defillama", channel=Channel.CAPITAL_BASE, now=later, work=read, clock=lambda: later
    )
    found = row(Channel.CAPITAL_BASE, later)
    assert report.failed == 1
    assert (found.status, found.fault) == ("failed", "SCHEMA_DRIFT")
    assert "no field tvl" in found.error
    assert not found.is_ok


def test_live_context_is_measured_by_real_time_and_prices_by_the_market_clock() -> None:
    choose("hyperliquid")
    real = START + 6 * HOUR
    run(Channel.PREDICTIONS, source="polymarket", at=real, data_at=real)
    run(Channel.QUOTES, source="hyperliquid", at=START, data_at=START)
    health = {one.channel: one for one in queries.ingestion_health(START + FIVE, real_now=real + MINUTE).rows}
    assert (health[Channel.PREDICTIONS].age_sec, health[Channel.QUOTES].age_sec) == (60, 5)


def test_on_a_fast_clock_a_busy_machine_is_given_some_real_seconds() -> None:
    choose("synthetic")
    run(Channel.PREDICTIONS, source="synthetic", at=START, data_at=START)
    at = START + 20 * MINUTE
    assert row(Channel.PREDICTIONS, at, speed=120.0).status == "ok"
    assert row(Channel.PREDICTIONS, at, speed=1.0).status == "stale"
    assert row(Channel.PREDICTIONS, START + 31 * MINUTE, speed=120.0).status == "stale"


class Stalled(SyntheticSource):
    """A venue whose answers come promptly and stop at `since`: candles end there, books say so themselves."""

    name = "hyperliquid"
    is_predetermined = False

    def __init__(self) -> None:
        super().__init__(seed=7, symbols=("BTC", "ETH"))
        self.since: datetime | None = None

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> Any:
        end = min(end, self.since or end)
        return super().candles(symbol=symbol, interval_ms=interval_ms, start=min(start, end), end=end)

    def book(self, *, symbol: str, at: datetime) -> BookTick:
        said = min(at, self.since or at)
        return super().book(symbol=symbol, at=said)._replace(at_ms=int(said.timestamp() * 1000))


def test_d16_a_venue_that_answers_and_stands_still_is_stale_within_its_limits_and_well_again() -> None:
    choose("hyperliquid")
    venue = Stalled()
    at = START
    ingest.ingest_all(now=at, source=venue)
    states = {one.channel: one.status for one in queries.ingestion_health(at).rows}
    assert (states["quotes"], states["candles"], states["books"]) == ("ok", "ok", "ok")
    venue.since = START
    while at < START + 4 * MINUTE:
        at += 4 * FIVE
        ingest.ingest_all(now=at, source=venue)
        books = row(Channel.BOOKS, at)
        assert books.is_ok is False
        assert row(Channel.CANDLES, at).status == ("ok" if at <= START + 3 * MINUTE else "stale")
        assert row(Channel.QUOTES, at).status == "ok"
    assert "by its own time it is 240 s old" in books.error
    venue.since = None
    at += FIVE
    ingest.ingest_all(now=at, source=venue)
    states = {one.channel: one.status for one in queries.ingestion_health(at).rows}
    assert (states["quotes"], states["candles"], states["books"]) == ("ok", "ok", "ok")


def test_a_slow_cycle_ends_in_time_with_the_prices_read_first() -> None:
    choose("hyperliquid")
    venue = Stalled()
    seconds = iter(range(10_000))
    clock_at = lambda: START + timedelta(seconds=3 * next(seconds))  # noqa: E731 - a clock that hurries
    report = ingest.ingest_all(now=START, source=venue, clock=clock_at)
    runs = {one.channel: one for one in IngestionRun.objects.all()}
    assert (runs["assets"].status, runs["quotes"].status) == ("succeeded", "succeeded")
    assert (runs["books"].status, runs["books"].fault) == ("failed", "BUDGET_SPENT")
    assert report.failed > 0
