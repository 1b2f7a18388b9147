"""E11: a worker killed by SIGKILL around its call; the provider counts what was bought, over real HTTP."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.core.moments import to_ms
from apps.decisions.adapters.model.client import OpenAIClient, warm_up
from apps.decisions.adapters.model.stub import StubServer
from apps.decisions.models import DecisionRun, ModelCall, ModelSpend, ProposedAction
from apps.decisions.services.sweep import sweep_stuck_runs
from apps.decisions.services.verify import broken_chains
from apps.market.queries import windows
from apps.operations import clock, failpoints
from tests.decisions.models.world import route
from tests.decisions.world import NOW
from tests.trading.kills import forks
from tests.trading.kills.stores import Stores

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = (
    "decisions.after-claim",
    "decisions.before-call",
    "decisions.after-call",
    "decisions.after-answer",
    "decisions.before-record",
    "decisions.after-record",
)
BOUGHT_BEFORE = dict.fromkeys(POINTS, 1) | {"decisions.after-claim": 0, "decisions.before-call": 0}
"""How many questions reached the provider before the kill."""


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """The provider, in this process, which survives its askers."""
    server = StubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.stop()
    thread.join()


@pytest.fixture
def store(ask: Any, stub: StubServer, routes: Any, tmp_path: Path) -> Iterator[str]:
    """A database with a clone that is due, for processes that may be killed."""
    warm_up()
    routes(route(base_url=stub.url))
    stores = Stores(tmp_path)
    for memory in (clock, windows):
        memory.forget()
    yield stores.copy_tests()
    stores.close()


def repair_and_tell(ask: Any, tell: forks.Tell) -> None:
    """What the next process does once the lease is over: sweep, ask again, and say how it all stands."""
    later = clock.real_now() + timedelta(minutes=10)
    sweep_stuck_runs(now=NOW, real_now=later)
    run = ask(real_now=later)
    calls = ModelCall.objects.order_by("attempt")
    tell(
        status=run.status,
        runs=DecisionRun.objects.count(),
        actions=ProposedAction.objects.count(),
        calls=[call.status for call in calls],
        cost=run.cost_micros - sum(call.cost_micros for call in calls),
        spent=sorted({row.spent_micros - run.cost_micros for row in ModelSpend.objects.all()}),
        reserved=sorted({row.reserved_micros for row in ModelSpend.objects.all()}),
        broken=list(broken_chains()),
        said=run.raw_answer == calls.get(status="taken").response,
    )


@pytest.mark.parametrize("point", POINTS)
def test_e11_a_killed_worker_never_buys_twice(ask: Any, stub: StubServer, store: str, point: str) -> None:
    def die(tell: forks.Tell) -> None:
        failpoints.arm(point)
        ask()

    assert forks.run(store, die).killed
    bought = BOUGHT_BEFORE[point]
    assert stub.questions == bought
    told = forks.run(store, lambda tell: repair_and_tell(ask, tell)).last
    assert stub.questions == 1
    assert (told("status"), told("runs"), told("actions"), told("said")) == ("completed", 1, 1, True)
    was_claimed = point == "decisions.before-call"
    assert told("calls") == (["lost", "taken"] if was_claimed else ["taken"])
    assert told("cost") == 0 and told("spent") == [0] and told("reserved") == [0] and told("broken") == []


def test_e11_a_worker_killed_while_the_model_thinks_is_counted_and_asked_for_once_more(
    ask: Any, stub: StubServer, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(tell: forks.Tell) -> None:
        complete = OpenAIClient.complete

        def vanish(self: OpenAIClient, *args: Any) -> Any:
            complete(self, *args)
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(OpenAIClient, "complete", vanish)
        ask()

    assert forks.run(store, die).killed
    told = forks.run(store, lambda tell: repair_and_tell(ask, tell)).last
    assert stub.questions == 2 and told("calls") == ["lost", "taken"]
    assert told("cost") == 0 and told("spent") == [0] and told("reserved") == [0]


@pytest.mark.parametrize("minutes", [2, 6])
def test_e11_an_answer_that_outlived_its_worker_is_dated_when_it_came(
    ask: Any, store: str, minutes: int
) -> None:
    """Its thought is counted once; taken up after the slot has closed, it opens nothing."""

    def die(tell: forks.Tell) -> None:
        failpoints.arm("decisions.before-record")
        ask()

    def take_up(tell: forks.Tell) -> None:
        real_now, now = clock.real_now() + timedelta(minutes=10), NOW + timedelta(minutes=minutes)
        sweep_stuck_runs(now=now, real_now=real_now)
        DecisionRun.objects.update(latency_ms=30_000)
        run = ask(real_now=real_now, now=now)
        assert run.decided_at is not None
        tell(
            ended=[run.status, run.error_code],
            seconds=(run.decided_at - NOW).total_seconds(),
            asked=run.context["now_ms"],
            actions=ProposedAction.objects.count(),
            broken=list(broken_chains()),
        )

    assert forks.run(store, die).killed
    told = forks.run(store, take_up).last
    assert (told("asked"), told("broken")) == (to_ms(NOW), [])
    if minutes < 5:
        assert (told("ended"), told("seconds"), told("actions")) == (["completed", ""], 30, 1)
    else:
        assert (told("ended"), told("seconds"), told("actions")) == (["failed", "DECISION_STALE"], 360, 0)
