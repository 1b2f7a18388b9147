"""What was taken away or altered together with its neighbour: named, and never excused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.core.append_only import drop_trigger_sql, trigger_sql
from apps.decisions import queries as decisions
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services.sealing import record_digest
from apps.decisions.services.verify import wrong_heads
from apps.trading.models import ActionVerdict, DayRoot, ExecutionRecord, Fill, LedgerEntry, TriggerOrder
from apps.trading.seals import entry_hash
from apps.trading.services import cycle, day_roots, execution
from apps.trading.services.chains import chain_differences
from apps.trading.services.reexecution import Reexecution, Step, StepStatus, reexecute
from tests.trading import world
from tests.trading.reexecution.test_corruptions import NOW, Life, more, write
from tests.trading.reexecution.test_identical import STEP

pytestmark = pytest.mark.django_db
STOP, TARGET = 83_120_000, 140_000_000


@pytest.fixture
def life() -> Life:
    return Life()


def lift(*models: Any) -> None:
    """Let rows of these tables be changed and taken away."""
    with connection.cursor() as cursor:
        for model in models:
            for statement in drop_trigger_sql(connection.vendor, model._meta.db_table):
                cursor.execute(statement)


@contextmanager
def lifted(*models: Any) -> Iterator[None]:
    """As `lift`, and held again afterwards: for tests whose database is not rolled back."""
    lift(*models)
    yield
    with connection.cursor() as cursor:
        for model in models:
            for statement in trigger_sql(connection.vendor, model._meta.db_table):
                cursor.execute(statement)


def alter(row: Any, **columns: Any) -> None:
    """Write these columns of one row, past the model."""
    names = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {names} WHERE id = %s", [*columns.values(), row.pk])


def take_away(row: Any) -> None:
    lift(type(row))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])


def step(found: Reexecution, name: str) -> Step:
    return next(each for each in found.steps if each.name == name and each.action is not None)


def test_a_record_that_was_taken_away_is_missing_and_its_fills_are_still_compared(life: Life) -> None:
    take_away(life.record)
    found = life.again()
    assert (
        step(found, "record").status == StepStatus.DIFFERENT
        and "ExecutionRecord" in step(found, "record").where
    )
    assert step(found, "fills").status == step(found, "ledger").status == StepStatus.IDENTICAL
    write("trading_fill", "price_micros", life.fill.pk, more)
    assert step(life.again(), "fills").status == StepStatus.DIFFERENT


def test_the_first_record_of_all_cannot_be_taken_away_either(life: Life) -> None:
    first = ExecutionRecord.objects.select_related("verdict__action__run").earliest("pk")
    take_away(first)
    found = reexecute(decisions.get_run(first.verdict.action.run.public_id), now=NOW)
    assert step(found, "record").status == StepStatus.DIFFERENT


def test_what_was_judged_before_there_were_records_is_excused_and_its_postings_compared() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    action = world.propose_action(account)
    execution.execute_action(action=action, now=world.NOW)
    take_away(ExecutionRecord.objects.get())
    alter(account, record_sequence=0, record_head="")
    found = reexecute(decisions.get_run(action.run.public_id), now=NOW)
    assert step(found, "record").status == StepStatus.UNAVAILABLE
    assert step(found, "ledger").status == StepStatus.IDENTICAL
    entry = LedgerEntry.objects.get(account=account, reference="fill:1:0:fee", book="cash")
    lift(LedgerEntry)
    alter(entry, amount_micros=entry.amount_micros + 1)
    assert (
        "amount_micros" in step(reexecute(decisions.get_run(action.run.public_id), now=NOW), "ledger").where
    )


def test_an_executed_verdict_without_an_order_is_named(life: Life) -> None:
    take_away(life.record)
    lift(Fill)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM trading_fill WHERE order_id = %s", [life.order.pk])
        cursor.execute("DELETE FROM trading_order WHERE id = %s", [life.order.pk])
    assert "an order" not in step(life.again(), "record").found
    assert life.again().status == StepStatus.DIFFERENT


def test_a_run_altered_together_with_the_next_rows_column_is_named(life: Life) -> None:
    following = DecisionRun.objects.get(subject=life.run.subject, sequence=(life.run.sequence or 0) + 1)
    run = DecisionRun.objects.get(pk=life.run.pk)
    run.error_detail, run.wake_cause = "", "price"
    made = record_digest(run, list(run.actions.all()))
    alter(run, wake_cause="price", record_digest=made)
    alter(following, previous_digest=made)
    chain = next(each for each in life.again().steps if each.name == "chain")
    assert chain.status == StepStatus.DIFFERENT
    assert f"DecisionRun #{following.sequence}" in chain.where and chain.where.endswith("digest")


def test_the_whole_rest_of_a_chain_made_anew_differs_from_the_root_of_its_day(life: Life) -> None:
    day_roots.seal_due_days(now=world.NOW + timedelta(days=1))
    chain = next(each for each in life.again().steps if each.name == "chain")
    day = DayRoot.objects.get().date
    assert chain.status == StepStatus.IDENTICAL and f"the root of {day} seals" in chain.sentence
    previous = ""
    runs = DecisionRun.objects.filter(subject=life.run.subject, sequence__gte=life.run.sequence)
    for run in runs.order_by("sequence"):
        run.wake_cause, run.previous_digest = "price", previous or run.previous_digest
        previous = record_digest(run, list(run.actions.all()))
        alter(run, wake_cause="price", previous_digest=run.previous_digest, record_digest=previous)
    chain = next(each for each in life.again().steps if each.name == "chain")
    assert chain.status == StepStatus.DIFFERENT and chain.where == f"DayRoot {day}: its leaf"
    root = DayRoot.objects.get()
    lift(DayRoot)
    alter(root, leaves=root.leaves.replace(life.account.public_id, "acc_other"))
    chain = next(each for each in life.again().steps if each.name == "chain")
    assert chain.status == StepStatus.DIFFERENT and "is not that of its leaves" in chain.found


def test_a_posting_altered_together_with_the_next_rows_column_is_named(life: Life) -> None:
    first = ExecutionRecord.objects.select_related("verdict__action__run").earliest("pk")
    last = json.loads(first.document)["ledger"][1]
    row = LedgerEntry.objects.get(account=life.account, sequence=last)
    following = LedgerEntry.objects.get(account=life.account, sequence=last + 1)
    lift(LedgerEntry)
    row.group += 1
    row.hash = entry_hash(row, ordinal=life.account.ordinal)
    alter(row, group=row.group, hash=row.hash)
    alter(following, previous_hash=row.hash)
    again = reexecute(decisions.get_run(first.verdict.action.run.public_id), now=NOW)
    ledger = step(again, "ledger")
    assert ledger.status == StepStatus.DIFFERENT and f"/{last + 1}: digest" in ledger.where


@pytest.fixture
def exits() -> tuple[Any, Any]:
    """An action that bought under a stop and a target, and its run."""
    world.put_quote(dollars=100)
    account = world.make_account()
    action = world.propose_action(account, stop_micros=STOP, target_micros=TARGET)
    execution.execute_action(action=action, now=world.NOW)
    return account, action.run


@pytest.mark.parametrize(
    ("column", "value", "place"),
    [
        ("price_micros", STOP - 1, "stop.price_micros"),
        ("side", -1, "stop.side"),
        ("kind", "trailing", "kinds"),
        ("action_id", None, "kinds"),
        ("best_micros", 7, "stop.best_micros"),
        ("expires_at", NOW, "stop.expires_at"),
        ("set_at", NOW, "stop.set_at"),
    ],
)
def test_an_exit_that_was_altered_is_named(exits: Any, column: str, value: Any, place: str) -> None:
    _, run = exits
    assert step(reexecute(decisions.get_run(run.public_id), now=NOW), "exits").status == StepStatus.IDENTICAL
    TriggerOrder.objects.filter(kind="stop").update(**{column: value})
    found = step(reexecute(decisions.get_run(run.public_id), now=NOW), "exits")
    assert found.status == StepStatus.DIFFERENT and place in found.where


def test_an_exit_that_was_taken_away_is_named(exits: Any) -> None:
    _, run = exits
    TriggerOrder.objects.filter(kind="target").delete()
    found = step(reexecute(decisions.get_run(run.public_id), now=NOW), "exits")
    assert found.status == StepStatus.DIFFERENT and "kinds" in found.where


def test_an_exit_that_outlives_its_position_is_named(exits: Any) -> None:
    account, _ = exits
    at = world.NOW + world.MINUTE
    world.put_quote(dollars=101, at=at)
    action = world.propose_action(account, "close", now=at)
    execution.execute_action(action=action, now=at)
    assert ActionVerdict.objects.get(action=action).status == "executed"
    again = reexecute(decisions.get_run(action.run.public_id), now=NOW)
    assert not any(each.name == "exits" for each in again.steps)
    TriggerOrder.objects.filter(kind="stop").update(status="standing", ended_at=None, order=None)
    found = step(reexecute(decisions.get_run(action.run.public_id), now=NOW), "exits")
    assert found.status == StepStatus.DIFFERENT and found.where.endswith(".ended_at")


def test_a_trailing_exit_may_follow_the_price_and_never_back() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    action = world.propose_action(account, trail_bps=500)
    execution.execute_action(action=action, now=world.NOW)
    row = TriggerOrder.objects.get()
    for best, status in (
        (row.best_micros + 1, StepStatus.IDENTICAL),
        (row.best_micros - 1, StepStatus.DIFFERENT),
    ):
        TriggerOrder.objects.update(best_micros=best)
        assert step(reexecute(decisions.get_run(action.run.public_id), now=NOW), "exits").status == status


def refused(action: Any, *, at: Any) -> tuple[str, Step]:
    """The code with which an action is refused at a moment, and the step that asks for its reason again."""
    execution.execute_action(action=action, now=at)
    verdict = ActionVerdict.objects.get(action=action)
    return verdict.reason_code, step(reexecute(decisions.get_run(action.run.public_id), now=NOW), "refusal")


def test_a_refusal_without_a_price_is_asked_of_memory() -> None:
    world.make_asset()
    action = world.propose_action(world.make_account())
    code, found = refused(action, at=world.NOW)
    assert (code, found.status) == ("PRICE_MISSING", StepStatus.IDENTICAL)
    later = NOW + timedelta(days=90)
    again = reexecute(decisions.get_run(action.run.public_id), now=later)
    assert step(again, "refusal").status == StepStatus.UNAVAILABLE
    world.put_quote(dollars=100, at=world.NOW - timedelta(seconds=1))
    again = reexecute(decisions.get_run(action.run.public_id), now=NOW)
    assert step(again, "refusal").status == StepStatus.DIFFERENT
    assert step(again, "refusal").where.startswith("market quote:")


def test_refusals_that_need_no_price_are_asked_again() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    late = world.propose_action(account)
    code, found = refused(late, at=world.NOW + timedelta(hours=2))
    assert (code, found.status) == ("ACTION_EXPIRED", StepStatus.IDENTICAL)
    late.run.decided_at = world.NOW + timedelta(hours=1)
    late.run.save(update_fields=["decided_at"])
    again = reexecute(decisions.get_run(late.run.public_id), now=NOW)
    assert step(again, "refusal").status == StepStatus.DIFFERENT
    first = world.propose_action(account)
    second = world.add_action(first.run, index=1)
    execution.execute_action(action=first, now=world.NOW)
    execution.execute_action(action=second, now=world.NOW)
    again = reexecute(decisions.get_run(first.run.public_id), now=NOW)
    told = [each for each in again.steps if each.name == "refusal"]
    assert [(each.status, each.action) for each in told] == [(StepStatus.IDENTICAL, 1)]
    ActionVerdict.objects.filter(action=first).update(status="held")
    again = reexecute(decisions.get_run(first.run.public_id), now=NOW)
    assert step(again, "refusal").status == StepStatus.DIFFERENT


def test_a_price_that_was_too_old_for_what_the_account_held_is_judged_again() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    at = world.NOW + timedelta(minutes=3)
    world.put_quote("ETH", dollars=10, at=at)
    action = world.propose_action(account, symbol="ETH", now=at)
    code, found = refused(action, at=at)
    assert code.startswith("PRICE") and found.status == StepStatus.IDENTICAL


def test_decisions_cut_from_the_end_are_named_at_once_and_never_forgotten(life: Life) -> None:
    subject, at = life.account.public_id, NOW + STEP
    world.put_quote(dollars=160, at=at)
    world.put_candles(end=at, count=1, first=160)
    cycle.run_account_cycle(account_id=life.account.pk, prompt_key="prompt", slot_at=at, now=at)
    last = DecisionRun.objects.filter(subject=subject).latest("sequence")
    assert list(chain_differences(life.account)) == [] == list(wrong_heads())
    ProposedAction.objects.filter(run=last).delete()
    DecisionRun.objects.filter(pk=last.pk).delete()
    number = last.sequence or 0
    told = f"{subject}: the head of its decisions is {number}, the last sealed one is {number - 1}"
    assert list(chain_differences(life.account)) == [told] == list(wrong_heads())
    newest = DecisionRun.objects.filter(subject=subject).latest("sequence")
    chain = next(
        each for each in reexecute(decisions.get_run(newest.public_id), now=at).steps if each.name == "chain"
    )
    assert chain.status == StepStatus.DIFFERENT and chain.where == f"DecisionHead {subject}[0]"
    cycle.run_account_cycle(account_id=life.account.pk, prompt_key="prompt", slot_at=at, now=at)
    again = DecisionRun.objects.filter(subject=subject).latest("sequence")
    assert again.sequence == number + 1 and list(wrong_heads()) == []
    assert f"{again.public_id}: does not follow" in next(chain_differences(life.account))
