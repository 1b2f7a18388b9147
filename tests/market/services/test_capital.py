"""Capital figures: read politely, kept in revisions, never shown before they were known; bad ones are held back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from django.test import override_settings

from apps.core import breaker, limits
from apps.market import queries
from apps.market.adapters.defillama.client import LlamaClient
from apps.market.adapters.defillama.source import DefiLlamaSource
from apps.market.models import CapitalPoint, CapitalRejection, IngestionRun
from apps.market.services import capital, sources
from apps.market.types import (
    CapitalFault,
    CapitalLevel,
    CapitalMetric,
    Channel,
    IngestionStatus,
    SubjectKind,
)
from apps.operations.types import Report
from tests.market.llama import BILLION, CHAINS, Clock, Llama, serving

pytestmark = pytest.mark.django_db
MILLION_MICROS = 1_000_000_000_000
TVL, GLOBAL, CHAIN = CapitalMetric.TVL, SubjectKind.GLOBAL, SubjectKind.CHAIN
DAY = timedelta(days=1)


@dataclass
class World:
    """The source, the clock, and readings of it."""

    llama: Llama
    clock: Clock
    source: DefiLlamaSource

    def read(self, *, after: timedelta = timedelta(0)) -> Report:
        self.clock.forward(seconds=after.total_seconds())
        return capital.read_capital(self.source, clock=self.clock)

    def level(
        self, metric: CapitalMetric = TVL, subject: str = "Ethereum", kind: SubjectKind = CHAIN
    ) -> CapitalLevel:
        found = queries.list_capital(at=self.clock(), kind=kind, subject=subject)
        return next(level for level in found if level.metric == metric)

    def run_of(self, channel: Channel) -> IngestionRun:
        return IngestionRun.objects.filter(channel=channel).latest("id")


def transport(llama: Llama) -> httpx2.MockTransport:
    def handle(request: httpx2.Request) -> httpx2.Response:
        status, data = llama.answer(request.url.raw_path.decode())
        return httpx2.Response(status, content=data)

    return httpx2.MockTransport(handle)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    # The test itself is the transaction that the client refuses to be called in; the last test goes without one.
    monkeypatch.setattr("apps.core.http.connections", SimpleNamespace(all=lambda **only: []))
    breaker.forget("DefiLlama")
    clock = Clock()
    llama = Llama(clock)
    client = LlamaClient(
        "http://llama",
        "http://stablecoins",
        sleep=lambda seconds: limits.forget(),
        transport=transport(llama),
    )
    yield World(llama, clock, DefiLlamaSource(client, protocols=["hyperliquid-hlp"]))
    breaker.forget("DefiLlama")


def test_a_reading_fills_levels_of_everything_it_is_configured_for(world: World) -> None:
    report = world.read()
    assert report.failed == 6  # six of the eight stablecoins are not in the answer
    assert {run.channel: run.status for run in IngestionRun.objects.all()} == {
        Channel.CAPITAL_BASE: IngestionStatus.SUCCEEDED,
        Channel.CAPITAL_FLOWS: IngestionStatus.PARTIAL,
        Channel.ECONOMIC_THROUGHPUT: IngestionStatus.SUCCEEDED,
    }
    ether = world.level()
    assert (ether.value_micros, ether.is_provisional) == (5_250_000_000_000_000, True)
    assert ether.at == datetime(2026, 11, 21, tzinfo=ether.at.tzinfo)
    everything = world.level(subject="all", kind=GLOBAL)
    assert everything.value_micros == 100_500_500_000_125_000
    assert everything.change_1d_micros == 500_000_125_000 - 19_000_000_000
    assert everything.change_7d_bps == 0
    supply = world.level(CapitalMetric.STABLECOIN_SUPPLY, subject="all", kind=GLOBAL)
    assert supply.value_micros == 300_001_500_000_375_000
    coin = world.level(CapitalMetric.STABLECOIN_SUPPLY, "USDT", SubjectKind.STABLECOIN)
    assert coin.value_micros == 180_500_000_000_000_000
    interest = world.level(CapitalMetric.OPEN_INTEREST, "Hyperliquid L1")
    assert interest.value_micros == 2_373_588_819_800_000
    assert not CapitalPoint.objects.filter(metric=CapitalMetric.OPEN_INTEREST, subject="Bitcoin").exists()


def test_an_asset_sees_the_world_and_its_own_chain(world: World) -> None:
    world.read()
    subjects = {level.subject for level in queries.capital_for("AVAX", at=world.clock())}
    assert subjects == {"all", "Avalanche"}
    assert {level.subject for level in queries.capital_for("DOGE", at=world.clock())} == {"all"}


def test_history_is_knowable_when_it_was_fetched_and_never_earlier(world: World) -> None:
    before = world.clock() - timedelta(seconds=1)
    world.read()
    assert queries.list_capital(at=before) == []
    oldest = CapitalPoint.objects.filter(metric=TVL, kind=GLOBAL).earliest("at")
    assert oldest.at < before - 19 * DAY
    assert oldest.knowable_at == world.clock()


def test_the_running_day_is_revised_until_it_is_over_and_the_past_stays_readable(world: World) -> None:
    world.read()
    first, known = world.level(), world.clock()
    world.llama.tvl["Ethereum"] = 5.5 * BILLION
    world.read(after=timedelta(minutes=15))
    assert (world.level().value_micros, world.level().revision) == (5_500_000_000_000_000, 1)
    assert queries.list_capital(at=known, kind=CHAIN, subject="Ethereum")[-1] == first
    world.read(after=timedelta(minutes=15))
    assert world.level().revision == 1
    world.read(after=DAY)
    settled = queries.capital_series(TVL, kind=GLOBAL, subject="all", at=world.clock())[-2]
    assert (settled.at, settled.is_provisional, settled.revision) == (first.at, False, 1)


def test_large_answers_are_asked_for_once_an_hour_and_history_once_a_day(world: World) -> None:
    world.read()
    first = len(world.llama.asked)
    world.read(after=timedelta(minutes=15))
    assert len(world.llama.asked) - first == 5 + 4 * len(CHAINS) + 1 - 1
    assert world.llama.asked.count("/v2/historicalChainTvl/Ethereum") == 1
    world.read(after=DAY)
    assert world.llama.asked.count("/v2/historicalChainTvl/Ethereum") == 2
    assert world.llama.asked.count("/stablecoins?includePrices=false") == 2


def test_changed_history_is_a_revision_from_the_day_it_was_seen(world: World) -> None:
    world.read()
    day = world.level().at - 3 * DAY
    known = world.clock()
    rows = world.llama.answer("/v2/historicalChainTvl/Ethereum")[1].replace(b"5250017000.0", b"5240000000.0")
    world.llama.answers["/v2/historicalChainTvl/Ethereum"] = rows
    world.read(after=DAY)
    revisions = CapitalPoint.objects.filter(metric=TVL, subject="Ethereum", at=day).order_by("revision")
    assert [(row.revision, row.knowable_at == world.clock()) for row in revisions] == [(0, False), (1, True)]

    def value(at: datetime) -> int:
        series = queries.capital_series(TVL, kind=CHAIN, subject="Ethereum", at=at)
        return next(item.value_micros for item in series if item.at == day)

    assert (value(known), value(world.clock())) == (5_250_017_000_000_000, 5_240_000_000_000_000)


def test_a_clock_that_was_set_back_writes_nothing_behind_what_is_known(world: World) -> None:
    world.read()
    known = world.level()
    world.llama.tvl["Ethereum"] = 5.5 * BILLION
    world.read(after=timedelta(hours=-1))
    assert CapitalPoint.objects.filter(subject="Ethereum", metric=TVL, at=known.at).count() == 1
    world.read(after=timedelta(hours=2))
    assert (world.level().revision, world.level().value_micros) == (1, 5_500_000_000_000_000)


@pytest.mark.parametrize(
    ("tvl", "fault"),
    [
        (None, CapitalFault.MISSING),
        (-5.0 * BILLION, CapitalFault.NEGATIVE),
        (5_250.0 * BILLION, CapitalFault.ABSURD),
        (5.25, CapitalFault.ABSURD),
        (0, CapitalFault.ABSURD),
        (1e30, CapitalFault.ABSURD),
    ],
)
def test_d13_a_bad_figure_is_held_back_and_named(world: World, tvl: Any, fault: CapitalFault) -> None:
    world.read()
    good = world.level()
    world.llama.tvl["Ethereum"] = tvl
    world.read(after=timedelta(minutes=15))
    assert world.level() == good
    row = CapitalRejection.objects.get(subject="Ethereum", metric=TVL)
    assert (row.reason, row.last_good_micros, row.resolved_at) == (fault, good.value_micros, None)
    run = world.run_of(Channel.CAPITAL_BASE)
    assert (run.status, run.fault, run.failed_count) == (IngestionStatus.PARTIAL, "PAYLOAD_INVALID", 1)
    assert f"tvl chain Ethereum: {fault}" in run.error
    world.llama.tvl["Ethereum"] = 5.25 * BILLION
    world.read(after=timedelta(minutes=15))
    row.refresh_from_db()
    assert row.resolved_at == world.clock()
    assert world.run_of(Channel.CAPITAL_BASE).status == IngestionStatus.SUCCEEDED


def test_d13_a_thousandfold_that_the_next_reading_repeats_is_accepted(world: World) -> None:
    world.read()
    world.llama.tvl["Sui"] = 2_000 * BILLION
    world.read(after=timedelta(minutes=15))
    assert world.level(subject="Sui").value_micros == 5_250_000_000_000_000
    world.llama.tvl["Sui"] = 2_100 * BILLION
    world.read(after=timedelta(minutes=15))
    assert world.level(subject="Sui").value_micros == 2_100_000_000_000_000_000
    assert not CapitalRejection.objects.filter(subject="Sui", resolved_at__isnull=True).exists()


def test_d13_another_absurd_figure_does_not_agree(world: World) -> None:
    world.read()
    for billions in (2_000, 4_000, 1):
        world.llama.tvl["Sui"] = billions * BILLION if billions > 1 else 5.25 * BILLION
        world.read(after=timedelta(minutes=15))
    assert world.level(subject="Sui").value_micros == 5_250_000_000_000_000


def test_d13_a_chain_that_was_renamed_is_reported(world: World) -> None:
    world.read()
    world.llama.tvl["Arbitrum One"] = world.llama.tvl.pop("Arbitrum")
    world.read(after=timedelta(minutes=15))
    assert "tvl chain Arbitrum: CAPITAL_MISSING" in world.run_of(Channel.CAPITAL_BASE).error
    assert CapitalRejection.objects.get(resolved_at__isnull=True, kind=CHAIN).subject == "Arbitrum"


def test_d13_a_whole_history_in_other_units_is_held_back(world: World) -> None:
    world.read()
    rows = [
        {"date": int((world.level().at - back * DAY).timestamp()), "tvl": 100 * BILLION * 1_000}
        for back in range(20)
    ]
    world.llama.answers["/v2/historicalChainTvl"] = rows
    world.read(after=timedelta(minutes=15))
    assert world.level(subject="all", kind=GLOBAL).revision == 0
    assert CapitalRejection.objects.filter(kind=GLOBAL, reason=CapitalFault.ABSURD).count() == 20


DRIFTS: list[tuple[str, Any, str]] = [
    ("/v2/chains", {"Ethereum": 5e9}, "not a list"),
    ("/v2/chains", [{"chain": "Ethereum", "tvl": 5e9}], "not a name"),
    ("/v2/chains", [{"name": "Ethereum", "tvl": "5250000000"}], "not a number"),
    ("/v2/historicalChainTvl", [{"date": 1_763_596_800_000, "tvl": 1}], "far from now"),
    ("/v2/historicalChainTvl", [{"date": 1_763_596_800, "value": 1}], "no day since"),
    ("/v2/historicalChainTvl", [], "no day since"),
    ("/tvl/hyperliquid-hlp", {"tvl": 5}, "not a number"),
    ("/protocol/hyperliquid-hlp", [], "not an object"),
    ("/stablecoincharts/all", [{"date": "20 November", "totalCirculatingUSD": {}}], "not in seconds"),
    ("/stablecoincharts/all", [{"date": "1763596800", "totalCirculatingUSD": 5}], "not an object"),
    ("/stablecoinchains", [{"name": "Ethereum", "totalCirculatingUSD": [1]}], "not an object"),
    ("/stablecoins", {"assets": []}, "not a list"),
    ("/overview/dexs", {"total24h": 1}, "allChains"),
    ("/overview/fees", {"total24h": "1", "allChains": []}, "not a number"),
    ("/overview/open-interest", [], "not an object"),
]


@pytest.mark.parametrize(("path", "body", "words"), DRIFTS)
def test_d14_a_changed_schema_is_a_fault_of_its_channel_and_not_an_empty_one(
    world: World, path: str, body: Any, words: str
) -> None:
    world.llama.answers[path] = body
    world.read()
    runs = IngestionRun.objects.filter(fault="SCHEMA_DRIFT")
    assert [run.status for run in runs] == [IngestionStatus.PARTIAL]
    assert words in runs[0].error
    assert CapitalPoint.objects.exists()
    del world.llama.answers[path]
    world.read(after=timedelta(minutes=60))
    assert world.run_of(Channel(runs[0].channel)).fault in {"", "PAYLOAD_INVALID"}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (500, "SERVER_ERROR"),
        (429, "RATE_LIMITED"),
        ("html", "PAYLOAD_INVALID"),
        ("truncated", "PAYLOAD_INVALID"),
    ],
)
def test_a_source_in_trouble_fails_its_channels_and_is_well_again(
    world: World, fault: int | str, code: str
) -> None:
    world.read()
    good = world.level()
    world.llama.fault = fault
    asked = len(world.llama.asked)
    world.read(after=timedelta(minutes=15))
    run = world.run_of(Channel.CAPITAL_BASE)
    assert (run.status, run.fault) == (IngestionStatus.FAILED, code)
    if isinstance(fault, int):
        assert len(world.llama.asked) - asked <= 9
    assert world.level() == good
    world.llama.fault = None
    breaker.forget("DefiLlama")
    world.read(after=timedelta(minutes=15))
    assert world.run_of(Channel.CAPITAL_BASE).status == IngestionStatus.SUCCEEDED


def test_one_channel_failing_stops_no_other(world: World) -> None:
    world.llama.faulty, world.llama.fault = lambda path: path.startswith("/stablecoin"), 404
    world.read()
    assert world.run_of(Channel.CAPITAL_FLOWS).status == IngestionStatus.FAILED
    assert world.run_of(Channel.ECONOMIC_THROUGHPUT).status == IngestionStatus.SUCCEEDED
    assert world.run_of(Channel.CAPITAL_BASE).data_at == world.clock()
    assert world.run_of(Channel.CAPITAL_FLOWS).data_at is None


def test_reads_cost_the_same_whatever_is_stored(world: World, django_assert_num_queries: Any) -> None:
    world.read()
    for minutes in (15, 30, 45):
        world.llama.tvl["Ethereum"] += minutes
        world.read(after=timedelta(minutes=minutes))
    with django_assert_num_queries(3):
        queries.list_capital(at=world.clock())
        queries.capital_for("ETH", at=world.clock())
        queries.capital_series(TVL, kind=GLOBAL, subject="all", at=world.clock())


def test_beside_synthetic_prices_the_figures_come_from_the_seed_and_say_so() -> None:
    clock = Clock()
    sources.select(wanted="synthetic", recording=None, seed=7, now=clock())
    report = capital.ingest_capital(now=clock(), real_now=lambda: clock() - DAY)
    assert (report.failed, report.done > 1_000) == (0, True)
    levels = queries.list_capital(at=clock())
    assert {level.source for level in levels} == {"synthetic"}
    assert all(level.change_1d_micros and level.change_7d_micros for level in levels)
    assert {level.knowable_at for level in levels} == {clock()}
    clock.forward(hours=25)
    capital.ingest_capital(now=clock(), real_now=clock)
    assert CapitalRejection.objects.count() == 0
    capital.ingest_capital(now=clock(), real_now=clock)
    assert CapitalPoint.objects.filter(knowable_at=clock(), revision=0).count() == len(levels)


def test_beside_a_recording_there_are_none(tmp_path: Any) -> None:
    (tmp_path / "NEW_15m.csv").write_text("t,T,o,h,l,c,v\n0,899999,10,12,9,11,5.5\n")
    clock = Clock()
    sources.select(wanted="replay", recording=str(tmp_path), seed=7, now=clock())
    assert capital.ingest_capital(now=clock(), real_now=clock) == Report(skipped=1)


@pytest.mark.django_db(transaction=True)
def test_beside_live_prices_defillama_is_asked_over_http_at_most_every_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    breaker.forget("DefiLlama")
    monkeypatch.setattr("apps.market.adapters.defillama.client.RATE", "1000/second")
    clock = Clock()
    llama = Llama(clock)
    sources.select(wanted="live", recording=None, seed=7, now=clock(), answers=lambda: True)
    with (
        serving(llama) as url,
        override_settings(
            DEFILLAMA_URL=f"{url}", DEFILLAMA_STABLECOINS_URL=url, DEFILLAMA_PROTOCOLS=["lido"]
        ),
    ):
        report = capital.ingest_capital(now=clock() - DAY, real_now=clock)
        assert (report.failed, report.done > 300) == (6, True)
        assert {level.source for level in queries.list_capital(at=clock())} == {"defillama"}
        assert queries.list_capital(at=clock() - timedelta(seconds=1)) == []
        assert capital.ingest_capital(now=clock(), real_now=clock) == Report(skipped=1)
        clock.forward(minutes=15)
        assert capital.ingest_capital(now=clock(), real_now=clock).seen > 80
