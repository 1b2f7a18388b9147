"""One sweep over prediction markets: what is open, what closed since the last sweep, and what went missing."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from django.db.models import Max

from apps.core.errors import AdapterError, AdapterFault
from apps.market import queries
from apps.market.adapters.port import PredictionSource
from apps.market.models import IngestionRun, PredictionLink, PredictionSnapshot
from apps.market.services.outcome import Outcome
from apps.market.services.predictions.links import Linker
from apps.market.services.predictions.source import prediction_source
from apps.market.services.predictions.store import Subjects, store_markets
from apps.market.services.runs import run_channel
from apps.market.types import Channel, IngestionStatus, PredictionStatus, PredictionTick, SourceName
from apps.operations.types import Report

logger = logging.getLogger(__name__)

AT_MOST_EVERY = timedelta(seconds=45)
"""A live source is swept this seldom in real time, however fast the market clock runs."""
LOOK_BACK = timedelta(days=2)
"""How far back a first sweep reads closed markets."""
OVERLAP = timedelta(hours=1)
"""How long before the last complete sweep the next one begins: markets are closed some time after they end."""
MOST_LOOKED_UP = 50
BATCH = 1_000
FEWEST_TO_JUDGE = 5
MOST_SKIPPED_PERCENT = 20
MOST_UNPRICED_PERCENT = 50


def ingest_predictions(
    *, now: datetime, real_now: Callable[[], datetime], source: PredictionSource | None = None
) -> Report:
    """Sweep the source once; each page is a transaction of its own, failures are counted and recorded.

    Synthetic markets become known at `now`, live ones when `real_now` says that their page arrived. Beside a
    recording there is nothing to do. Raises NotFound while no price source is chosen.
    """
    chosen = source or prediction_source()
    if chosen is None:
        return Report(skipped=1)
    is_live = chosen.name != SourceName.SYNTHETIC
    if is_live and _was_asked_lately(chosen.name, real_now()):
        return Report(skipped=1)
    clock = real_now if is_live else lambda: now
    sweep = _Sweep(chosen, clock, _subjects(), clock())
    report = run_channel(
        source=chosen.name, channel=Channel.PREDICTIONS, now=sweep.at, work=sweep.run, clock=clock
    )
    if chosen.skipped:
        reasons = Counter(chosen.skipped.values())
        logger.info("Markets of %s that could not be read: %s", chosen.name, dict(reasons))
    return replace(report, skipped=len(chosen.skipped))


def _was_asked_lately(name: str, now: datetime) -> bool:
    runs = IngestionRun.objects.filter(source=name, channel=Channel.PREDICTIONS).order_by("-id")
    last = runs.values_list("started_at", flat=True).first()
    return last is not None and timedelta(0) <= now - last < AT_MOST_EVERY


def _subjects() -> Subjects:
    rows = list(queries.list_registry().filter(is_delisted=False))
    linker = Linker((row.symbol, row.units_per_contract) for row in rows)
    return Subjects(linker, {row.symbol: row.pk for row in rows})


@dataclass(slots=True)
class _Sweep:
    source: PredictionSource
    clock: Callable[[], datetime]
    subjects: Subjects
    at: datetime
    seen: set[str] = field(default_factory=set)
    open_count: int = 0
    unpriced_count: int = 0

    def run(self, outcome: Outcome) -> None:
        """The whole sweep; whatever it raises leaves the pages before it written and the run incomplete."""
        for page in self.source.open_pages(at=self.at):
            self._store(page, outcome)
        self._refuse_drift()
        for page in self.source.closed_pages(since=self._since(), at=self.at):
            self._store(page, outcome)
        for market_id in self._missing():
            outcome.attempt(f"market {market_id}", partial(self._look_up, market_id))
        outcome.saw(self.at)

    def _store(self, page: Iterable[PredictionTick], outcome: Outcome) -> None:
        rest = iter(page)
        while batch := list(islice(rest, BATCH)):
            outcome.seen += len(batch)
            outcome.written += self._keep(batch)
            trading = [tick for tick in batch if tick.status == PredictionStatus.OPEN]
            self.open_count += len(trading)
            self.unpriced_count += sum(not tick.prices_e6 for tick in trading)
            self.seen.update(tick.market_id for tick in batch)

    def _keep(self, batch: list[PredictionTick]) -> int:
        return store_markets(batch, source=self.source.name, subjects=self.subjects, at=self.clock())

    def _refuse_drift(self) -> None:
        """Raises AdapterError when so much is unreadable that the source must have changed its shape."""
        skipped = len(self.source.skipped)
        total = len(self.seen) + skipped
        if not self.seen:
            raise _drift("no open market could be read")
        if total >= FEWEST_TO_JUDGE and skipped * 100 > total * MOST_SKIPPED_PERCENT:
            raise _drift(f"{skipped} of {total} open markets could not be read")
        if (
            self.open_count >= FEWEST_TO_JUDGE
            and self.unpriced_count * 100 > self.open_count * MOST_UNPRICED_PERCENT
        ):
            raise _drift(f"{self.unpriced_count} of {self.open_count} open markets have no prices")

    def _since(self) -> datetime:
        runs = IngestionRun.objects.filter(
            source=self.source.name, channel=Channel.PREDICTIONS, status=IngestionStatus.SUCCEEDED
        )
        last = runs.order_by("-id").values_list("started_at", flat=True).first()
        earliest = self.at - LOOK_BACK
        return earliest if last is None else max(earliest, min(last, self.at) - OVERLAP)

    def _missing(self) -> list[str]:
        """Linked markets that were open and were in none of the pages, the latest known first.

        An item may slip between two pages, and one that closed early ends far from today: the source is asked.
        """
        links = PredictionLink.objects.filter(
            withdrawn_at__isnull=True, market__closed_at__isnull=True, market__source=self.source.name
        )
        known = dict(links.order_by().values_list("market_id", "market__market_id"))
        gone = {key: name for key, name in known.items() if name not in self.seen}
        states = PredictionSnapshot.objects.filter(market__in=list(gone)[:10_000]).order_by()
        latest = states.values("market_id").annotate(last=Max("knowable_at")).order_by("-last")
        return [gone[row["market_id"]] for row in latest[:MOST_LOOKED_UP]]

    def _look_up(self, market_id: str) -> int:
        tick = self.source.market(market_id, at=self.at)
        return 0 if tick is None else self._keep([tick])


def _drift(what: str) -> AdapterError:
    return AdapterError(what, transient=False, fault=AdapterFault.SCHEMA_DRIFT)
