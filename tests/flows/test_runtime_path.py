"""The runtime path end to end on synthetic prices: decide, execute, mark, pass an audition, enter the Arena."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.competition import queries as competition
from apps.competition.models import ArenaMembership, Audition, PromotionEntry
from apps.competition.services import auditions, promotion
from apps.competition.types import AuditionStatus
from apps.market.services import ingest, sources
from apps.operations import queue
from apps.operations.invariants import registered
from apps.trading import queries as trading
from apps.trading.services import execution, marking, schedule
from pumpparty import demonstration

START = datetime(2026, 11, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)


def run_step(now: datetime) -> None:
    ingest.ingest_all(now=now)
    schedule.enqueue_due(now=now, limit=500)
    queue.drain()
    execution.execute_pending(now=now, limit=500)
    marking.mark_open_accounts(now=now, limit=500)
    auditions.evaluate_due(now=now, limit=100)
    promotion.run_arena(now=now, limit=100)


@pytest.mark.django_db(transaction=True)
def test_clones_audition_queue_and_enter_the_arena(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    ingest.ingest_all(now=START)
    seeded = demonstration.seed(now=START, folder=tmp_path)
    assert seeded.refusals == ()
    now = START
    while now < START + timedelta(hours=7) and not ArenaMembership.objects.exists():
        now += STEP
        monkeypatch.setattr("apps.operations.clock.now", lambda at=now: at)
        run_step(now)

    passed = Audition.objects.filter(status=AuditionStatus.PASSED)
    assert passed.count() >= 1
    assert PromotionEntry.objects.count() == passed.count()
    standing = competition.arena_standings()[0]
    assert standing.clone_public_id == passed.order_by("id").first().clone.public_id or len(passed) > 1
    result = trading.account_result(passed.first().account)
    assert result.executed_orders >= 5
    assert {name: found for name, found in broken().items() if found} == {}


def broken() -> dict[str, list[str]]:
    return {item.key: item.check() for item in registered()}
