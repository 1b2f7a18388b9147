"""A life of decisions, executed again, is identical; what memory has forgotten is told, and reads are bounded."""

import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.decisions import queries as decisions
from apps.market.models import Candle
from apps.trading.models import PropAccount
from apps.trading.services import accounts, cycle, execution, marking
from apps.trading.services.reexecution import Part, StepStatus, reexecute, reexecute_account
from tests.trading import world

pytestmark = pytest.mark.django_db
STEP = timedelta(minutes=5)
PRICES = (160, 164, 158, 149, 171, 170, 166, 180, 177, 190, 168, 150, 155, 161, 159)


def live(slots: int, *, engine_gap: timedelta = timedelta()) -> PropAccount:
    """An account that decides, fills and is marked every five minutes; executions may come a moment later."""
    world.put_candles(end=world.NOW - STEP)
    account = world.make_account()
    for place in range(slots):
        at, dollars = world.NOW + place * STEP, PRICES[place % len(PRICES)]
        world.put_quote(dollars=dollars, at=at, rate_e10=125_000)
        world.put_candles(end=at, count=1, first=dollars)
        cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
        execution.execute_pending(now=at + engine_gap)
        marking.mark_open_accounts(now=at + engine_gap)
    account.refresh_from_db()
    return account


def later(account: PropAccount, slots: int) -> Any:
    return world.NOW + slots * STEP + timedelta(minutes=1)


@pytest.mark.parametrize("gap", [timedelta(), timedelta(seconds=2)])
def test_every_decision_of_a_life_is_identical(gap: timedelta, pytestconfig: pytest.Config) -> None:
    slots = 10_000 if pytestconfig.getoption("--long", default=False) else 60
    account = live(slots, engine_gap=gap)
    began = time.perf_counter()
    found = list(reexecute_account(account, now=later(account, slots)))
    seconds = time.perf_counter() - began
    each = 1000 * seconds / len(found)
    sys.stdout.write(f"{len(found)} decisions asked again in {seconds:.2f} s, {each:.1f} ms each\n")
    assert [(one.run, one.first_difference or one.first_unavailable) for one in found] == [
        (one.run, None) for one in found
    ]
    assert len(found) == slots and any(step.part == Part.GOT for one in found for step in one.steps)
    alone = reexecute(decisions.get_run(found[-1].run), now=later(account, slots))
    assert alone == found[-1]


def test_an_order_of_life_and_a_bounded_number_of_reads() -> None:
    account = live(20)
    run = decisions.list_runs(subjects=[account.public_id]).filter(actions__order__isnull=False).first()
    assert run is not None
    with CaptureQueriesContext(connection) as few:
        first = reexecute(decisions.get_run(run.public_id), now=later(account, 20))
    parts = [step.part for step in first.steps]
    assert parts == sorted(parts, key=list(Part).index) and set(parts) == set(Part)
    assert len(few) <= 45, len(few)


def test_what_memory_has_forgotten_is_unavailable_and_not_identical() -> None:
    account = live(3)
    run = decisions.list_runs(subjects=[account.public_id]).first()
    assert run is not None
    Candle.objects.all().delete()
    found = reexecute(decisions.get_run(run.public_id), now=later(account, 3))
    assert found.status == StepStatus.DIFFERENT
    old = reexecute(decisions.get_run(run.public_id), now=later(account, 3) + timedelta(days=200))
    assert old.first_difference is None and old.status == StepStatus.UNAVAILABLE
    market = next(step for step in old.steps if step.name == "market")
    assert market.status == StepStatus.UNAVAILABLE and "forgotten" in market.sentence


def test_a_pause_and_a_new_policy_are_found_in_the_past() -> None:
    account = live(4)
    at = world.NOW + 4 * STEP
    accounts.pause_account(account=account, reason="look", by=world.BY, now=at)
    accounts.resume_account(account=account, reason="go on", by=world.BY, now=at + timedelta(seconds=1))
    world.put_quote(dollars=160, at=at + STEP)
    world.put_candles(end=at + STEP, count=1, first=160)
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at + STEP, now=at + STEP)
    assert [one.first_difference for one in reexecute_account(account, now=at + STEP)] == [None] * 5
