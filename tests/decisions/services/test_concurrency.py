"""Eight workers on one slot, and many slots of one subject at once: PostgreSQL shows what SQLite hides."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections

from apps.decisions.engine import registry
from apps.decisions.engine.noop import NoopEngine
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services.propose import propose
from apps.decisions.services.verify import broken_chains
from apps.decisions.types import RunHeld
from tests.decisions.world import BAR, BY, NOW, make_version, stands, write_market

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
WORKERS = 8


@pytest.fixture
def calls(monkeypatch):
    """Counts the questions that reach the engine."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    seen: list[str] = []

    class Counting(NoopEngine):
        """Holds, and remembers that it was asked."""

        def answer(self, context):
            """Note the call."""
            seen.append(context.symbol)
            return super().answer(context)

    monkeypatch.setitem(registry.ENGINES, "rules", Counting())
    return seen


def together(slots):
    version = make_version()
    write_market()
    gate = Barrier(len(slots))

    def work(slot_at):
        try:
            gate.wait()
            return propose(
                subject="acc_one",
                version=version,
                prompt_key="prompt",
                symbol="BTC",
                slot_at=slot_at,
                standing=stands(),
                now=NOW,
                by=BY,
                real_now=NOW,
            ).pk
        except RunHeld:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(slots)) as pool:
        return list(pool.map(work, slots))


def test_e10_eight_workers_ask_the_engine_once(calls):
    together([NOW] * WORKERS)
    assert len(calls) == 1
    assert DecisionRun.objects.get().status == "completed" and ProposedAction.objects.count() == 1


def test_runs_that_end_together_still_form_one_chain(calls):
    slots = [NOW - BAR + place * timedelta(seconds=30) for place in range(WORKERS)]
    assert None not in together(slots)
    assert sorted(DecisionRun.objects.values_list("sequence", flat=True)) == list(range(1, WORKERS + 1))
    assert list(broken_chains()) == []
