"""A small arena for the tests of pages: the demonstration's clones, moved by the workers' own services."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from apps.competition.services import evaluating, promotion
from apps.market.services import ingest, sources
from apps.operations import clock, queue
from apps.trading.services import execution, marking, schedule
from pumpparty import demonstration

START = datetime(2026, 11, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)


def show_time(now: datetime) -> None:
    """Make the market clock stand at `now`, in every process and thread."""
    clock.set_anchor(real_now=clock.real_now(), market_at=now, speed=0.001)


def begin(folder: Path) -> datetime:
    """Prices from seed 7 and every clone of the demonstration on its audition; returns the market time."""
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    ingest.ingest_all(now=START)
    demonstration.seed(now=START, folder=folder)
    show_time(START)
    return START


def move(now: datetime, *, steps: int = 1) -> datetime:
    """Run every worker once per five market minutes; returns the new market time."""
    for _ in range(steps):
        now += STEP
        show_time(now)
        ingest.ingest_all(now=now)
        schedule.enqueue_due(now=now, limit=500)
        queue.drain()
        execution.execute_pending(now=now, limit=500)
        marking.mark_open_accounts(now=now, limit=500)
        evaluating.evaluate_due(now=now, limit=100)
        promotion.run_arena(now=now, limit=100)
    return now
