"""What SQLite cannot show: marks beside fills, and beside each other, on PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from apps.trading.models import AccountSnapshot, LedgerEntry, PriceOutage, PropAccount
from apps.trading.services import columns, execution, marking, rebuild, snapshots
from tests.trading import world
from tests.trading.prices import broken, carry_out

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)
STEP = timedelta(milliseconds=100)


@pytest.fixture(autouse=True)
def _only_where_rows_lock(db: None) -> None:
    columns.forget()
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite has no row locks")


def beside(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each in a thread with a connection of its own."""

    def one(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def differences() -> list[str]:
    """Rows that are not what ledger and fills make of them; of every snapshot, that it is a state that existed."""
    return [str(each) for each in rebuild.compare()]


def test_f07_snapshots_taken_while_fills_commit_are_states_that_existed() -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    accounts = [world.make_account(clone) for _ in range(3)]
    for place, account in enumerate(accounts):
        carry_out(account, size_lots=100_000 * (place + 1))
        for _ in range(12):
            world.propose_action(account, size_lots=10_000)
    late = world.NOW + timedelta(seconds=5)

    def fill() -> int:
        done = 0
        while True:
            report = execution.execute_pending(now=late, limit=5)
            done += report.done
            if not report.seen:
                return done

    def mark() -> int:
        for place in range(40):
            report = marking.mark_open_accounts(now=late + place * STEP)
            assert report.failed == 0, report.errors
        return 40

    beside(fill, mark)
    marking.mark_open_accounts(now=late + HOUR / 120)
    assert AccountSnapshot.objects.count() > 40
    sequences = set(AccountSnapshot.objects.values_list("account_id", "ledger_sequence"))
    assert len(sequences) > len(accounts), "no fill came between two marks"
    assert differences() == []
    assert broken() == {}


def test_f07_an_account_that_a_fill_changed_after_it_was_valued_is_left_for_the_next_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.put_quote(dollars=100)
    clone = world.make_clone()
    filled, quiet = world.make_account(clone), world.make_account(clone)
    for account in (filled, quiet):
        carry_out(account)
    action = world.propose_action(filled, size_lots=10_000)
    write = snapshots.write_marks

    def write_after_a_fill(*args: Any, **rest: Any) -> int:
        beside(lambda: execution.execute_action(action=action, now=world.NOW))
        return write(*args, **rest)

    monkeypatch.setattr(snapshots, "write_marks", write_after_a_fill)
    now = world.NOW + timedelta(seconds=5)
    marking.mark_open_accounts(now=now)
    assert AccountSnapshot.objects.get().account_id == quiet.pk
    filled.refresh_from_db()
    assert (filled.last_marked_at, filled.equity_micros) == (None, world.START)
    monkeypatch.undo()
    marking.mark_open_accounts(now=now + STEP)
    assert AccountSnapshot.objects.get(account=filled).ledger_sequence == filled.ledger_sequence
    assert differences() == []


def test_f07_marks_wait_for_a_fill_that_holds_the_account_and_then_leave_it_out() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    carry_out(account)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            row = PropAccount.objects.select_for_update().get(pk=account.pk)
            held.set()
            go_on.wait(5)
            row.ledger_sequence += 1
            row.save(update_fields=["ledger_sequence"])

    def mark() -> None:
        held.wait(5)
        threading.Timer(0.3, go_on.set).start()
        marking.mark_open_accounts(now=world.NOW + timedelta(seconds=5))

    beside(hold, mark)
    assert not AccountSnapshot.objects.exists()


def test_f11_funding_asked_for_by_six_at_once_is_booked_once() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    carry_out(account, is_isolated=True)
    hour = world.NOW + HOUR
    world.put_quote(dollars=100, at=hour, rate_e10=1_000_000)
    action = world.propose_action(account, "close", now=hour)

    def mark() -> Any:
        return marking.mark_account(account_id=account.pk, now=hour)

    def act() -> Any:
        return execution.execute_action(action=action, now=hour)

    beside(mark, act, mark, act, mark, mark)
    entry = LedgerEntry.objects.get(kind="funding", book="cash")
    assert entry.reference == "funding:BTC:2026-03-02T13Z"
    assert differences() == []
    assert broken() == {}


def test_cycles_at_once_write_one_snapshot_and_one_outage_each() -> None:
    for symbol in ("BTC", "ETH"):
        world.put_quote(symbol, dollars=100)
    clone = world.make_clone()
    accounts = [world.make_account(clone) for _ in range(4)]
    for place, account in enumerate(accounts):
        carry_out(account, symbol=("BTC", "ETH")[place % 2])
    late = world.NOW + timedelta(minutes=5)
    world.put_quote(dollars=101, at=late)
    reports = beside(*[lambda: marking.mark_open_accounts(now=late)] * 5)
    assert [(report.done, report.skipped, report.failed) for report in reports] == [(2, 2, 0)] * 5
    assert AccountSnapshot.objects.count() == 2
    assert PriceOutage.objects.get().symbol == "ETH"
    assert differences() == []
