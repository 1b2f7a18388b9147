"""One action, one verdict, one booking."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.trading import queries
from apps.trading.models import ActionVerdict, ExecutionCursor, Fill, LedgerEntry, Order, Position
from apps.trading.services import booking, execution
from apps.trading.types import ACTION_TTL
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Any:
    """An account while BTC costs $100."""
    world.put_quote(dollars=100)
    return world.make_account()


def test_an_open_is_filled_and_booked_in_one_go(account: Any) -> None:
    action = world.propose_action(account)
    verdict = execution.execute_action(action=action, now=world.NOW)
    assert verdict is not None and verdict.status == "executed"
    order = Order.objects.get(action=action)
    fill = Fill.objects.get(order=order)
    account.refresh_from_db()
    assert fill.quote_reference
    assert fill.price_age_ms == 0
    assert fill.fee_micros > 0
    assert account.cash_micros == world.START - fill.fee_micros
    assert account.fees_micros == fill.fee_micros
    assert account.executed_count == 1
    position = Position.objects.get(account=account)
    assert position.size_lots == fill.size_lots
    assert position.cost_micros == fill.notional_micros
    assert LedgerEntry.objects.filter(account=account, reference="fill:1:0:fee").count() == 2


def test_a_repeat_does_nothing(account: Any) -> None:
    action = world.propose_action(account)
    first = execution.execute_action(action=action, now=world.NOW)
    again = execution.execute_action(action=action, now=world.NOW + world.MINUTE)
    assert first is not None and again is not None and first.pk == again.pk
    assert execution.execute_pending(now=world.NOW).seen == 0
    assert Order.objects.count() == Fill.objects.count() == 1


def test_a_flip_is_one_order_with_two_fills_and_books_the_profit(account: Any) -> None:
    execution.execute_action(action=world.propose_action(account, size_lots=1_000_000), now=world.NOW)
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=110, at=later)
    flip = world.propose_action(account, "flip", now=later, side=-1)
    verdict = execution.execute_action(action=flip, now=later)
    assert verdict is not None and verdict.status == "executed", verdict
    order = Order.objects.get(action=flip)
    assert [fill.index for fill in order.fills.order_by("index")] == [0, 1]
    assert Position.objects.get(account=account).size_lots == -1_000_000
    account.refresh_from_db()
    profit = sum(Fill.objects.values_list("realized_micros", flat=True))
    assert profit > 0
    assert -account.pnl_micros == profit


def test_a_denial_is_recorded_with_the_gates_reason(account: Any) -> None:
    action = world.propose_action(account, leverage=999)
    verdict = execution.execute_action(action=action, now=world.NOW)
    assert verdict is not None
    assert (verdict.status, verdict.reason_code) == ("denied", "LEVERAGE_ABOVE_POLICY")
    assert verdict.detail
    assert not Order.objects.exists()
    assert queries.denials_by_reason() == {"LEVERAGE_ABOVE_POLICY": 1}


@pytest.mark.parametrize(
    ("age", "code"), [(timedelta(minutes=5), "PRICE_STALE"), (-timedelta(minutes=5), "PRICE_MISSING")]
)
def test_no_fill_at_a_price_that_is_stale_or_not_yet_known(account: Any, age: timedelta, code: str) -> None:
    now = world.NOW + age
    verdict = execution.execute_action(action=world.propose_action(account, now=now), now=now)
    assert verdict is not None and verdict.reason_code == code


def test_holds_are_held_in_bulk(account: Any) -> None:
    actions = [world.propose_action(account, "hold", side=None) for _ in range(6)]
    report = execution.execute_pending(now=world.NOW)
    assert (report.seen, report.done, report.failed) == (6, 6, 0)
    assert set(ActionVerdict.objects.values_list("action_id", "status")) == {
        (row.pk, "held") for row in actions
    }


def test_a_run_is_executed_once_even_with_two_actions(account: Any) -> None:
    first = world.propose_action(account)
    second = world.add_action(first.run, index=1)
    assert execution.execute_pending(now=world.NOW).done == 2
    verdict = ActionVerdict.objects.get(action=second)
    assert (verdict.status, verdict.reason_code) == ("denied", "RUN_ALREADY_EXECUTED")


def test_an_old_action_expires(account: Any) -> None:
    action = world.propose_action(account)
    late = world.NOW + ACTION_TTL + world.MINUTE
    world.put_quote(dollars=100, at=late)
    verdict = execution.execute_action(action=action, now=late)
    assert verdict is not None and verdict.reason_code == "ACTION_EXPIRED"


def test_a_paused_account_gets_no_order(account: Any) -> None:
    account.status = "paused"
    account.save()
    verdict = execution.execute_action(action=world.propose_action(account), now=world.NOW)
    assert verdict is not None and verdict.reason_code == "ACCOUNT_NOT_TRADABLE"


def test_one_bad_action_stops_no_other(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = world.propose_action(account), world.propose_action(account)
    real = booking.enter

    def sometimes(*args: Any, ticket: booking.Ticket, **rest: Any) -> booking.Booked:
        if ticket.action_id == bad.pk:
            raise RuntimeError("boom")
        return real(*args, ticket=ticket, **rest)

    monkeypatch.setattr(booking, "enter", sometimes)
    report = execution.execute_pending(now=world.NOW)
    assert (report.done, report.failed) == (1, 1)
    assert "boom" in report.errors[0]
    assert ActionVerdict.objects.get().action_id == good.pk


def test_the_scan_starts_above_what_is_long_settled(account: Any) -> None:
    settled = world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    later = world.NOW + 3 * ACTION_TTL
    execution.execute_pending(now=later)
    assert ExecutionCursor.objects.get().action_floor == settled.pk
    world.put_quote(dollars=100, at=later)
    fresh = world.propose_action(account, now=later, size_lots=10_000)
    assert execution.execute_pending(now=later).done == 1
    assert ActionVerdict.objects.get(action=fresh).status == "executed"


def test_the_scan_never_starts_above_an_action_that_waits(account: Any) -> None:
    other = world.make_account(account.clone)
    waiting = world.propose_action(other)
    world.propose_action(account)
    execution.execute_pending(now=world.NOW, account_ids=[account.pk])
    execution.execute_pending(now=world.NOW + 3 * ACTION_TTL, account_ids=[account.pk])
    assert ExecutionCursor.objects.get().action_floor < waiting.pk
    execution.execute_pending(now=world.NOW + 3 * ACTION_TTL)
    assert ActionVerdict.objects.get(action=waiting).reason_code == "ACTION_EXPIRED"


def test_execution_needs_few_queries(account: Any) -> None:
    for _ in range(4):
        world.propose_action(account, size_lots=10_000)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert execution.execute_pending(now=world.NOW).done == 4
    assert len(captured) <= 10 + 4 * 15, [row["sql"][:80] for row in captured]
