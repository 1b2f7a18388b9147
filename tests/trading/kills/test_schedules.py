"""F02 and T1: no schedule of work, killed anywhere, loses or doubles anything."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.core import limits
from apps.market.queries import windows
from apps.operations import clock
from apps.trading.services import columns
from tests.trading.kills import steps
from tests.trading.kills.points import DECISIONS, TRADING
from tests.trading.kills.programme import Disagreement, Programme
from tests.trading.kills.schedules import schedule_of
from tests.trading.kills.stores import Stores

SHORT, LONG = 500, 10_000
LEAST_POINTS = 15
SEED = "PUMPPARTY_KILLS_SEED"


@pytest.fixture
def programme(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Programme]:
    """Copies of the seeded test database; this process has done all the work once, so its children are quick."""
    monkeypatch.setattr(clock, "now", clock.now)
    stores = Stores(tmp_path)
    steps.seed()
    made = Programme(stores, stores.copy_tests())
    for step in schedule_of("warm"):
        steps.do(step)
    steps.report()
    for memory in (clock, limits, windows, columns):
        memory.forget()
    yield made
    stores.close()


@pytest.mark.django_db(transaction=True)
def test_f02_killed_schedules_lose_and_double_nothing(
    programme: Programme, request: pytest.FixtureRequest
) -> None:
    """One schedule again: PUMPPARTY_KILLS_SEED=<seed>:<number>."""
    count = LONG if request.config.getoption("--long") else SHORT
    asked = os.environ.get(SEED)
    run = random.SystemRandom().randrange(10**9)
    while not programme.schedules if asked else programme.kills < count:
        seed = asked or f"{run}:{programme.schedules}"
        try:
            programme.play(seed)
        except (AssertionError, Disagreement) as error:
            pytest.fail(f"{SEED}={seed}\n{error}")
    ended = programme.kills + programme.survivals
    print(f"seed {run}: {programme.kills} of {ended} killed, {dict(sorted(programme.points.items()))}")  # noqa: T201
    assert programme.kills >= 0.8 * ended
    if asked:
        return
    hit = [point for point in (*TRADING, *DECISIONS) if programme.points[point]]
    assert len(hit) >= LEAST_POINTS
    if count == LONG:
        assert {point: n for point in (*TRADING, *DECISIONS) if (n := programme.points[point]) < 100} == {}
