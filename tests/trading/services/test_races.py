"""What SQLite cannot show: many workers on one account at once, on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.operations.invariants import registered
from apps.trading.models import Fill, LedgerEntry, Order, PropAccount
from apps.trading.services import execution, marking
from tests.trading import world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _only_where_rows_lock(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite has no row locks")


def at_once(call: Callable[[], Any], times: int = 6) -> list[Any]:
    """Run the call in so many threads, each with a connection of its own."""

    def one(_: int) -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def broken() -> dict[str, list[str]]:
    """Every invariant of trading that does not hold; the runs here are made by hand and carry no seal."""
    ours = [check for check in registered() if check.check.__module__.startswith("apps.trading.")]
    return {check.key: wrong for check in ours if (wrong := check.check())}


def test_one_action_raced_by_six_workers_is_filled_once() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    action = world.propose_action(account)
    verdicts = at_once(lambda: execution.execute_action(action=action, now=world.NOW))
    assert len({verdict.pk for verdict in verdicts}) == 1
    assert (Order.objects.count(), Fill.objects.count()) == (1, 1)
    assert broken() == {}


def test_funding_and_marks_raced_by_six_workers_are_booked_once() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    hour = world.NOW + timedelta(hours=1)
    world.put_quote(dollars=101, at=hour, rate_e10=1_000_000)
    reports = at_once(lambda: marking.mark_open_accounts(now=hour))
    assert [report.failed for report in reports] == [0] * 6
    assert LedgerEntry.objects.filter(kind="funding", book="cash").count() == 1
    assert PropAccount.objects.get().snapshots.count() == 1
    assert broken() == {}
