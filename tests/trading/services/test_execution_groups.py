"""Many actions in one transaction: the same books as one by one, and no action stops another."""

import logging
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from apps.core.retries import TRIES, Busy
from apps.exchange.types import Question
from apps.operations.invariants import registered
from apps.operations.models import AuditEvent
from apps.trading import queries
from apps.trading.models import (
    ActionVerdict,
    Fill,
    InstrumentTerms,
    LedgerEntry,
    Order,
    Position,
    PropAccount,
)
from apps.trading.services import accounts, execution, judging, rows
from tests.core.test_retries import BUSY
from tests.trading import world

pytestmark = pytest.mark.django_db


def broken() -> dict[str, list[str]]:
    """Every invariant of trading that does not hold."""
    ours = [check for check in registered() if check.check.__module__.startswith("apps.trading.")]
    return {check.key: wrong for check in ours if (wrong := check.check())}


def propose_some(account: PropAccount) -> list[Any]:
    """Opens, an add, a reduce, a refusal, a flip, a hold and a close, in this order."""
    return [
        world.propose_action(account, size_lots=1_000_000),
        world.propose_action(account, size_lots=500_000),
        world.propose_action(account, "reduce", size_lots=200_000),
        world.propose_action(account, leverage=999),
        world.propose_action(account, symbol="ETH", size_lots=2_000_000, side=-1),
        world.propose_action(account, "flip", side=-1),
        world.propose_action(account, "hold", side=None),
        world.propose_action(account, "close", symbol="ETH"),
    ]


@pytest.fixture
def market() -> None:
    world.put_quote(dollars=100)
    world.put_quote("ETH", dollars=50)


def test_a_group_books_what_its_actions_book_one_by_one(market: None) -> None:
    clone = world.make_clone(assets=("BTC", "ETH"))
    single, grouped = world.make_account(clone), world.make_account(clone)
    for action in propose_some(single):
        execution.execute_action(action=action, now=world.NOW)
    verdicts = execution.execute_group(actions=propose_some(grouped), now=world.NOW)
    assert [verdict.status for verdict in verdicts.values()].count("executed") == 6

    def told(account: PropAccount) -> list[Any]:
        ledger = account.ledger.values_list("sequence", "book", "amount_micros", "reference", "source_digest")
        positions = account.positions.values_list(
            "symbol", "size_lots", "cost_micros", "leverage", "realized_micros"
        )
        orders = account.orders.order_by("sequence").values_list("sequence", "symbol", "side", "size_lots")
        found = account.verdicts.order_by("action_id").values_list("status", "reason_code")
        return [list(rows) for rows in (ledger, positions, orders, found)]

    assert told(single) == told(grouped)
    single.refresh_from_db()
    grouped.refresh_from_db()
    for name in ("cash_micros", "executed_count", "order_sequence", "ledger_sequence", "volume_date"):
        assert getattr(single, name) == getattr(grouped, name), name
    assert broken() == {}


def test_a_group_needs_the_statements_of_one_action(market: None) -> None:
    clone = world.make_clone()
    counts = []
    for size in (2, 40):
        actions = [world.propose_action(world.make_account(clone), size_lots=10_000) for _ in range(size)]
        with CaptureQueriesContext(connection) as captured:
            execution.execute_group(actions=actions, now=world.NOW)
        counts.append(len(captured))
    assert counts[1] <= counts[0] + 2 and counts[0] <= 28


def test_f01_an_action_submitted_twice_or_twice_in_one_group_is_filled_once(market: None) -> None:
    account = world.make_account()
    action = world.propose_action(account)
    first = execution.execute_action(action=action, now=world.NOW)
    group = execution.execute_group(actions=[action, world.propose_action(account)], now=world.NOW)
    assert first is not None and group[action.pk].pk == first.pk
    assert execution.execute_group(actions=[action, action], now=world.NOW)[action.pk].pk == first.pk
    twice = world.propose_action(account)
    assert len(execution.execute_group(actions=[twice, twice], now=world.NOW)) == 1
    assert Order.objects.count() == Fill.objects.count() == 3
    assert broken() == {}


def test_f24_a_gate_that_raises_denies_its_action_alone_and_tells_the_operators(
    market: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account, other = world.make_account(), world.make_account(world.make_clone("Bea"))
    bad = world.propose_action(account, leverage=7)
    good = [world.propose_action(account, leverage=3), world.propose_action(other, leverage=3)]
    real = judging.record.judge

    def breaks(question: Question) -> Any:
        if question.intent.leverage == 7:
            raise ZeroDivisionError("a gate divides by nothing")
        return real(question)

    monkeypatch.setattr(judging.record, "judge", breaks)
    with caplog.at_level(logging.ERROR, logger="apps.trading"):
        report = execution.execute_pending(now=world.NOW)
    assert (report.done, report.failed) == (3, 0)
    verdict = ActionVerdict.objects.get(action=bad)
    assert (verdict.status, verdict.reason_code) == ("denied", "GATE_ERROR")
    assert "ZeroDivisionError" in verdict.detail
    assert not Order.objects.filter(action=bad).exists()
    assert set(ActionVerdict.objects.filter(action__in=good).values_list("status", flat=True)) == {"executed"}
    event = AuditEvent.objects.get(verb="trading.action.gate-failed")
    assert (event.subject_id, event.detail) == (account.public_id, {"action": bad.pk})
    assert any("a gate failed" in record.message for record in caplog.records)
    assert broken() == {}


def test_f24_an_account_whose_policy_cannot_be_read_is_denied_alone(market: None) -> None:
    account, other = world.make_account(), world.make_account(world.make_clone("Bea"))
    bad, good = world.propose_action(account), world.propose_action(other)
    PropAccount.objects.filter(pk=account.pk).update(policy={"max_leverage": -1})
    assert execution.execute_pending(now=world.NOW).done == 2
    assert ActionVerdict.objects.get(action=bad).reason_code == "GATE_ERROR"
    assert ActionVerdict.objects.get(action=good).status == "executed"


def test_f03_a_stale_price_is_denied_and_the_denial_is_on_record(market: None) -> None:
    account = world.make_account()
    late = world.NOW + 5 * world.MINUTE
    action = world.propose_action(account, now=late)
    execution.execute_action(action=action, now=late)
    verdict = ActionVerdict.objects.get(action=action)
    assert (verdict.status, verdict.reason_code, verdict.at) == ("denied", "PRICE_STALE", late)
    assert not Order.objects.exists() and LedgerEntry.objects.count() == 2


def test_f04_the_fill_cites_the_price_row_that_it_was_judged_at(market: None) -> None:
    account = world.make_account()
    later = world.NOW + world.MINUTE
    row = world.put_quote(dollars=104, at=later - world.MINUTE / 4)
    action = world.propose_action(account, now=later)
    execution.execute_action(action=action, now=later)
    fill = Fill.objects.get()
    assert (fill.quote_reference, fill.price_age_ms) == (f"quote:{row.pk}", 15_000)
    assert fill.mid_micros == row.mid_micros
    assert fill.terms is not None and fill.terms == InstrumentTerms.objects.get(symbol="BTC")
    row.refresh_from_db()
    assert row.is_cited


def test_f08_a_quantity_is_lots_once_dust_is_closed_whole_and_bounds_are_denied(market: None) -> None:
    account = world.make_account(world.make_clone(), max_leverage=20, max_position_micros=10**12)

    def status(kind: str = "open", **fields: Any) -> tuple[str, str]:
        verdict = execution.execute_action(
            action=world.propose_action(account, kind, **fields), now=world.NOW
        )
        assert verdict is not None
        return verdict.status, verdict.reason_code

    assert status(notional_micros=9_999_999) == ("denied", "BELOW_MIN_NOTIONAL")
    assert status(notional_micros=1) == ("denied", "SIZE_BELOW_LOT")
    assert status(size_lots=10**12) == ("denied", "ABOVE_MAX_ORDER")
    assert status(notional_micros=33_333_333) == ("executed", "")
    assert Fill.objects.get().size_lots == 3_333
    # What a reduce would leave below the smallest order goes with the close, to the last lot.
    assert status("reduce", side=None, size_lots=3_300) == ("executed", "")
    assert status("close", side=None) == ("executed", "")
    position = Position.objects.get()
    assert (position.size_lots, position.cost_micros, position.margin_micros) == (0, 0, 0)


@pytest.mark.parametrize("name", BUSY)
def test_f22_a_busy_database_makes_the_whole_group_go_again(
    name: str, market: None, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    account = world.make_account()
    actions = [world.propose_action(account, size_lots=10_000) for _ in range(3)]
    real, failures = rows.write_positions, [BUSY[name]() for _ in range(2)]

    def sometimes(positions: Any) -> None:
        if failures:
            raise failures.pop()
        real(positions)

    monkeypatch.setattr(rows, "write_positions", sometimes)
    verdicts = execution.execute_group(actions=actions, now=world.NOW)
    assert {verdict.status for verdict in verdicts.values()} == {"executed"}
    account.refresh_from_db()
    assert (account.executed_count, Order.objects.count(), Fill.objects.count()) == (3, 3, 3)
    assert broken() == {}


def test_f22_a_database_that_stays_busy_is_answered_with_busy_and_nothing_is_done(
    market: None, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    account = world.make_account()
    action = world.propose_action(account)
    calls: list[int] = []

    def never(positions: Any) -> None:
        calls.append(1)
        raise BUSY["40P01 deadlock"]()

    monkeypatch.setattr(rows, "write_positions", never)
    with pytest.raises(Busy):
        execution.execute_action(action=action, now=world.NOW)
    assert len(calls) == TRIES
    assert not ActionVerdict.objects.exists() and not Order.objects.exists()
    monkeypatch.undo()
    verdict = execution.execute_action(action=action, now=world.NOW)
    assert verdict is not None and verdict.status == "executed"


def test_f22_an_error_of_another_kind_is_not_repeated(
    market: None, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    action, calls = world.propose_action(world.make_account()), []

    def full(positions: Any) -> None:
        calls.append(1)
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(rows, "write_positions", full)
    with pytest.raises(OperationalError):
        execution.execute_action(action=action, now=world.NOW)
    assert len(calls) == 1 and not ActionVerdict.objects.exists()


def test_f17_the_action_of_an_earlier_attempt_meets_its_own_closed_account(market: None) -> None:
    clone = world.make_clone()
    first = world.make_account(clone)
    in_flight = world.propose_action(first)
    accounts.close_account(account=first, reason="reset", by=world.BY, now=world.NOW)
    second = world.make_account(clone)
    assert second.pk != first.pk and second.public_id != first.public_id
    verdict = execution.execute_action(action=in_flight, now=world.NOW)
    assert verdict is not None
    assert (verdict.account_id, verdict.reason_code) == (first.pk, "ACCOUNT_NOT_TRADABLE")
    assert not Order.objects.exists()
    assert execution.execute_action(action=world.propose_action(second), now=world.NOW).status == "executed"  # type: ignore[union-attr]
    assert list(Order.objects.values_list("account_id", flat=True)) == [second.pk]


def test_the_volume_of_a_day_is_fixed_once_and_sets_the_fee_tier(market: None) -> None:
    account = world.make_account(taker_fee_rate_e10=4_500_000)
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    account.refresh_from_db()
    assert (account.volume_micros, account.volume_date) == (0, world.NOW.date())
    tomorrow = world.NOW + 24 * 60 * world.MINUTE
    world.put_quote(dollars=100, at=tomorrow)
    for _ in range(2):
        execution.execute_action(
            action=world.propose_action(account, size_lots=100_000, now=tomorrow), now=tomorrow
        )
        account.refresh_from_db()
        first = Fill.objects.order_by("id")[0]
        assert (account.volume_micros, account.volume_date) == (first.notional_micros, tomorrow.date())
    assert queries.count_orders() == 3
