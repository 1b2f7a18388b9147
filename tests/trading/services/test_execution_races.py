"""Many workers at the same accounts at once, where rows lock: on PostgreSQL."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import connection, transaction

from apps.clones import queries as clones
from apps.trading.models import ActionVerdict, Fill, Order, Position, PropAccount
from apps.trading.services import accounts, execution, halts
from apps.trading.services.desk import lock_accounts
from tests.trading import world
from tests.trading.services.test_races import at_once, broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _only_where_rows_lock(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite has no row locks")


@pytest.fixture(autouse=True)
def _prices(_only_where_rows_lock: None) -> None:
    world.put_quote(dollars=100)


class Meanwhile:
    """Runs a call in another thread while the account is locked here; the call waits for the lock."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._call, self._began = call, threading.Event()

    def start(self) -> None:
        """Start the call and give it time to reach the lock."""

        def run() -> Any:
            self._began.set()
            try:
                return self._call()
            finally:
                connection.close()

        self._done = self._pool.submit(run)
        self._began.wait(5)
        threading.Event().wait(0.3)
        assert not self._done.done()

    def result(self) -> Any:
        """What the call answered in the end."""
        return self._done.result(20)


def test_f01_one_action_submitted_eight_times_at_once_is_filled_once() -> None:
    action = world.propose_action(world.make_account())
    verdicts = at_once(lambda: execution.execute_action(action=action, now=world.NOW), 8)
    assert len({verdict.pk for verdict in verdicts}) == 1
    assert (Order.objects.count(), Fill.objects.count()) == (1, 1)
    assert broken() == {}


def test_f01_two_workers_on_the_same_actions_book_each_once() -> None:
    clone = world.make_clone()
    for _ in range(12):
        account = world.make_account(clone)
        for _ in range(3):
            world.propose_action(account, size_lots=10_000)
    reports = at_once(lambda: execution.execute_pending(now=world.NOW), 2)
    assert [report.failed for report in reports] == [0, 0]
    assert ActionVerdict.objects.filter(status="executed").count() == 36
    assert (Order.objects.count(), Fill.objects.count()) == (36, 36)
    assert broken() == {}


def test_f04_a_price_that_comes_while_the_order_waits_is_the_one_it_is_judged_and_filled_at() -> None:
    account = world.make_account()
    later = world.NOW + world.MINUTE
    action = world.propose_action(account, now=later)
    order = Meanwhile(lambda: execution.execute_action(action=action, now=later))
    with transaction.atomic():
        lock_accounts([account.public_id])
        order.start()
        fresh = world.put_quote(dollars=103, at=later)
    assert order.result().status == "executed"
    fill = Fill.objects.get()
    assert (fill.quote_reference, fill.mid_micros, fill.price_age_ms) == (
        f"quote:{fresh.pk}",
        fresh.mid_micros,
        0,
    )


def test_f05_two_orders_that_are_affordable_alone_are_served_one_after_the_other() -> None:
    roomy = dict.fromkeys(("max_position_micros", "max_exposure_micros", "max_net_exposure_micros"), 10**15)
    account = world.make_account(**roomy)
    big = {"notional_micros": 70_000 * world.DOLLAR, "leverage": 1}
    actions = [world.propose_action(account, **big) for _ in range(2)]
    queue = list(actions)
    verdicts = at_once(lambda: execution.execute_action(action=queue.pop(), now=world.NOW), 2)
    assert sorted((verdict.status, verdict.reason_code) for verdict in verdicts) == [
        ("denied", "INSUFFICIENT_MARGIN"),
        ("executed", ""),
    ]
    assert Order.objects.count() == 1
    assert broken() == {}


ACTS: dict[str, Callable[[PropAccount], Any]] = {
    "paused": lambda account: accounts.pause_account(
        account=account, reason="test", by=world.BY, now=world.NOW
    ),
    "locked": lambda account: accounts.lock_account(
        account=account, reason="test", by=world.BY, now=world.NOW
    ),
    "completed": lambda account: accounts.close_account(
        account=account, reason="test", by=world.BY, now=world.NOW
    ),
}


@pytest.mark.parametrize("status", ACTS)
def test_f06_an_order_that_waits_for_the_lock_sees_what_became_of_the_account(status: str) -> None:
    account = world.make_account()
    action = world.propose_action(account)
    order = Meanwhile(lambda: execution.execute_action(action=action, now=world.NOW))
    with transaction.atomic():
        lock_accounts([account.public_id])
        order.start()
        ACTS[status](account)
    verdict = order.result()
    assert (verdict.status, verdict.reason_code) == ("denied", "ACCOUNT_NOT_TRADABLE")
    assert not Order.objects.exists()
    assert broken() == {}


def test_f06_an_order_that_waits_for_the_lock_sees_a_kill_switch_set_meanwhile() -> None:
    account = world.make_account()
    action = world.propose_action(account)
    order = Meanwhile(lambda: execution.execute_action(action=action, now=world.NOW))
    with transaction.atomic():
        lock_accounts([account.public_id])
        order.start()
        halts.set_halt(scope="everything", mode="halted", reason="test", by=world.BY, now=world.NOW)
    assert order.result().reason_code == "TRADING_HALTED"


def propose_many(accounts_: Sequence[PropAccount], count: int, seed: int) -> list[tuple[Any, Any]]:
    """So many pairs of actions of two different accounts, written in bulk."""
    chance = random.Random(seed)
    pairs = [chance.sample(list(accounts_), 2) for _ in range(count)]
    run_model, action_model = (
        registry.get_model("decisions.DecisionRun"),
        registry.get_model("decisions.ProposedAction"),
    )
    version = clones.active_version(accounts_[0].clone)
    flat = [account for pair in pairs for account in pair]
    runs = run_model.objects.bulk_create(
        run_model(
            subject=account.public_id,
            version=version,
            prompt_key=f"pair{place}",
            symbol="BTC",
            slot_at=world.NOW,
            slot_ends_at=world.NOW + world.MINUTE,
            status="completed",
            requested_by="tests",
            created_at=world.NOW,
            engine="rules",
            decided_at=world.NOW,
            sequence=place + 1,
        )
        for place, account in enumerate(flat)
    )
    actions = action_model.objects.bulk_create(
        action_model(run=run, index=0, kind="open", symbol="BTC", side=1, size_lots=1_000, reason="pair")
        for run in runs
    )
    return list(zip(actions[::2], actions[1::2], strict=True))


def test_f23_pairs_of_accounts_in_any_order_never_lock_each_other_out(request: pytest.FixtureRequest) -> None:
    count = 10_000 if request.config.getoption("--long") else 300
    clone = world.make_clone()
    made = [world.make_account(clone, max_actions_per_window=10**6) for _ in range(6)]
    pairs = propose_many(made, count, seed=23)
    before = deadlocks()

    def work(part: list[tuple[Any, Any]]) -> int:
        try:
            for one, other in part:
                execution.execute_group(actions=[one, other], now=world.NOW)
            return len(part)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, [pairs[place::8] for place in range(8)])) == count
    assert ActionVerdict.objects.count() == 2 * count
    executed = ActionVerdict.objects.filter(status="executed").count()
    assert executed > count and Fill.objects.count() == executed
    assert Position.objects.count() == 6
    assert deadlocks() == before
    assert broken() == {}


def deadlocks() -> int:
    """How many deadlocks the server has broken in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
