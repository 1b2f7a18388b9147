"""The live cycle of every channel against venues on this machine: each source fails alone, is seen, and comes back."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connection, connections

from apps.core import breaker
from apps.market import queries
from apps.market.adapters.defillama import client as llama_client
from apps.market.models import CapitalPoint, IngestionRun, PredictionSnapshot, Quote
from apps.market.services import sources
from apps.operations import clock
from apps.operations.cadence import run_once
from tests.market import gamma as prediction_shapes
from tests.market.gamma import Gamma
from tests.market.llama import Llama, serving
from tests.market.venue import Market, Venue, running

BEGIN = datetime(2026, 11, 21, 14, 35, tzinfo=UTC)
CADENCES = ("market.ingest", "market.ingest-predictions", "market.ingest-capital")
WELL = {"ok", "running"}


class World:
    """The three outside systems, and the workers that ask them."""

    def __init__(self, venue: Venue, gamma: Gamma, llama: Llama) -> None:
        self.venue, self.gamma, self.llama = venue, gamma, llama
        self.sources: dict[str, Any] = {"hyperliquid": venue, "polymarket": gamma, "defillama": llama}

    def work(self) -> None:
        """Every worker once, if it is due."""
        for name in CADENCES:
            run_once(name)

    def states(self) -> dict[str, set[str]]:
        """How the channels of each source stand, by source."""
        found: dict[str, set[str]] = {}
        for row in queries.ingestion_health(clock.now(), real_now=clock.real_now()).rows:
            found.setdefault(row.source, set()).add(row.status)
        return found


@pytest.fixture
def world(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("hyperliquid", "polymarket", "DefiLlama"):
        breaker.forget(name)
    sources._built.cache_clear()  # a source keeps the address that it was built with
    # The pace of questions would wait for a clock that stands still.
    monkeypatch.setattr(llama_client, "RATE", "1000/second")
    gamma, llama = Gamma(), Llama(clock.real_now)
    ends_at = BEGIN + timedelta(days=400)
    rows = [
        prediction_shapes.market(number, f"Will Bitcoin reach ${number}00,000?", ends_at=ends_at)
        for number in range(1, 9)
    ]
    gamma.events = [prediction_shapes.event(1, "Bitcoin above what?", rows)]
    with (
        running(Market(seed=7, clock=clock.real_now)) as venue,
        serving(gamma) as asked,
        serving(llama) as read,
    ):
        settings.HYPERLIQUID_URL, settings.POLYMARKET_URL = venue.url, asked
        settings.DEFILLAMA_URL = settings.DEFILLAMA_STABLECOINS_URL = read
        yield World(venue, gamma, llama)


def choose() -> None:
    sources.select(
        wanted="live", recording=None, seed=7, now=clock.now(), symbols=["BTC", "ETH"], answers=lambda: True
    )


@pytest.mark.parametrize(
    ("failing", "period", "patience"),
    [
        # A venue asked every five seconds is left in peace a little longer than a period by its breaker.
        ("hyperliquid", timedelta(seconds=5), timedelta(seconds=breaker.LONGEST_WAIT_SECONDS)),
        ("polymarket", timedelta(minutes=1), timedelta(minutes=2)),
        ("defillama", timedelta(minutes=15), timedelta(minutes=30)),
    ],
)
@pytest.mark.parametrize("fault", [503, "html"])
def test_a_source_that_fails_is_degraded_within_two_periods_and_back_within_two_and_no_other_minds(
    world: World, failing: str, period: timedelta, patience: timedelta, fault: Any
) -> None:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        choose()
        world.work()
        assert world.states() == {name: {"ok"} for name in world.sources}
        world.sources[failing].fault = fault
        begun = clock.real_now()
        while world.states()[failing] <= WELL:
            traveller.shift(period)
            world.work()
            assert clock.real_now() - begun <= 2 * period
        for _ in range(2):
            traveller.shift(period)
            world.work()
            states = world.states()
            assert all(states[name] == {"ok"} for name in world.sources if name != failing)
            assert not states[failing] <= WELL
        world.sources[failing].fault = None
        ended = clock.real_now()
        while world.states()[failing] != {"ok"}:
            traveller.shift(period)
            world.work()
            assert clock.real_now() - ended <= patience
        assert queries.ingestion_health(clock.now(), real_now=clock.real_now()).ok


def test_d16_a_venue_that_stands_still_is_seen_although_every_worker_is_well(world: World) -> None:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        choose()
        world.work()
        stopped = clock.real_now()
        world.venue.market._clock = lambda: stopped
        for _ in range(9):
            traveller.shift(timedelta(seconds=30))
            world.work()
        rows = {
            row.channel: row for row in queries.ingestion_health(clock.now(), real_now=clock.real_now()).rows
        }
        assert rows["candles"].status == "stale"
        assert rows["books"].is_ok is False
        assert IngestionRun.objects.filter(channel="candles").latest("id").status == "succeeded"
        assert (rows["predictions"].status, rows["capital_base"].status) == ("ok", "ok")


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="an in-memory SQLite shares its locks")
def test_a_source_that_hangs_delays_no_price(world: World) -> None:
    choose()
    run_once("market.ingest", force=True)
    released = threading.Event()
    world.gamma.before = lambda number: bool(released.wait(20)) and None
    world.llama.faulty = lambda path: not released.wait(20)
    others = [threading.Thread(target=_work_alone, args=(name,)) for name in CADENCES[1:]]
    for other in others:
        other.start()
    try:
        latencies = []
        begun = time.monotonic()
        while time.monotonic() - begun < 6:
            outcome = run_once("market.ingest", force=True)
            latencies.append(outcome.latency_ms)
            assert (outcome.status, outcome.report.failed) == ("succeeded", 0)
            time.sleep(0.5)
        assert all(other.is_alive() for other in others)
        assert max(latencies) < 2_000, latencies
        moments = list(Quote.objects.filter(asset__symbol="BTC").order_by("at").values_list("at", flat=True))
        gaps = [after - before for before, after in pairwise(moments)]
        assert max(gaps) <= timedelta(seconds=3), gaps
        assert not PredictionSnapshot.objects.exists()
    finally:
        released.set()
        for other in others:
            other.join(timeout=30)
    assert PredictionSnapshot.objects.exists()
    assert CapitalPoint.objects.exists()


def _work_alone(name: str) -> None:
    try:
        run_once(name, force=True)
    finally:
        connections.close_all()
