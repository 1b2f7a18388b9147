"""Two ingestion workers at once: the lease lets one in, and without a lease nothing is written twice."""

import threading
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, BookSnapshot, Candle, IngestionRun, PriceRejection, Quote
from apps.market.services import ingest, sources
from apps.operations import clock
from apps.operations.cadence import run_once
from tests.contenders import RACE, crowd
from tests.market.places import START

pytestmark = RACE
FIVE = timedelta(seconds=5)


class Live(SyntheticSource):
    """A source that is asked each time, and whose workers meet in the middle of their cycles."""

    is_predetermined = False

    def __init__(self, workers: int) -> None:
        super().__init__(seed=7, symbols=("BTC", "ETH"))
        self.factor = 1
        self._gate = threading.Barrier(workers)

    def quotes(self, **asked: Any) -> Any:
        self._gate.wait(timeout=20)
        ticks = super().quotes(**asked)
        return [
            tick._replace(
                mark_micros=(tick.mark_micros or 0) * self.factor,
                oracle_micros=(tick.oracle_micros or 0) * self.factor,
                mid_micros=(tick.mid_micros or 0) * self.factor,
            )
            for tick in ticks
        ]


def ingest_with(workers: int, now: datetime, *, factor: int = 1) -> None:
    source = Live(workers)
    source.factor = factor
    crowd(workers, lambda _: ingest.ingest_all(now=now, source=source))


def doubled(model: Any, *columns: str) -> list[Any]:
    return list(model.objects.order_by().values(*columns).annotate(n=Count("pk")).filter(n__gt=1))


def test_d15_workers_without_a_lease_write_nothing_twice_and_none_fails() -> None:
    for moment, factor in ((0, 1), (1, 3), (2, 9), (3, 9), (4, 1), (5, 1)):
        ingest_with(4, START + moment * FIVE, factor=factor)
    assert Asset.objects.count() == 2
    assert doubled(Candle, "asset", "interval_ms", "open_at") == []
    assert doubled(Quote, "asset", "at") == []
    assert doubled(BookSnapshot, "asset", "at") == []
    assert doubled(PriceRejection, "asset", "reason", "at") == []
    assert PriceRejection.objects.count() == 2 * 3
    assert not PriceRejection.objects.filter(resolved_at=None).exists()
    assert Quote.objects.count() == 2 * 4
    assert not IngestionRun.objects.exclude(fault="").exists()


def test_d15_the_second_worker_is_told_that_the_lease_is_held() -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=clock.now(), symbols=["BTC"])
    outcomes = crowd(2, lambda _: run_once("market.ingest", force=True))
    assert sorted((one.status, one.code) for one in outcomes) == [
        ("skipped", "LEASE_HELD"),
        ("succeeded", ""),
    ]
    assert IngestionRun.objects.filter(channel="quotes").count() == 1
