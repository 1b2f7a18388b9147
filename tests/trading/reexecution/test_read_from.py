"""What a decision was made from is found by the numbers that it sealed; where it sealed none, by looking around."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.decisions.models import DecisionHead, DecisionRun
from apps.decisions.services.sealing import record_digest, record_document
from apps.decisions.services.verify import verify_run
from apps.market.queries import MarketBoard
from apps.trading.models import LedgerEntry, Order, PolicySnapshot, PropAccount, TriggerOrder
from apps.trading.services import account_state, accounts, execution, marking, policies
from apps.trading.services.account_state import ReadFrom, read_standing
from tests.trading import world
from tests.trading.prices import carry_out
from tests.trading.reexecution.paid import (
    COINS,
    DIFFERENT,
    IDENTICAL,
    STEP,
    SlowModel,
    decide,
    make_account,
    put_prices,
    step,
    traded,
)
from tests.trading.services.test_races import at_once

SECOND = timedelta(seconds=1)
SEEN = ("market", "account", "limits")


@pytest.fixture
def slow(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> SlowModel:
    """A model that thinks for twenty seconds about every asset."""
    return SlowModel(settings, monkeypatch)


def act(account: PropAccount, kind: str, **fields: Any) -> None:
    """An action that is executed, of a run which is then nobody's: the chain of the account's decisions is left alone."""
    heads = DecisionHead.objects.filter(subject=account.public_id)
    before = heads.values("sequence", "digest").first() or {"sequence": 0, "digest": ""}
    carry_out(account, kind, **fields)
    heads.update(**before)
    for run in DecisionRun.objects.filter(subject=account.public_id, record_digest=""):
        DecisionRun.objects.filter(pk=run.pk).update(subject=f"acc_{run.pk}")


def forget(run: Any) -> None:
    """A run as it was sealed before anybody told what it was made from; its seal is not asked here."""
    DecisionRun.objects.filter(pk=run.pk).update(read_from={})


def verdicts(run: Any) -> list[Any]:
    """What making its context again says of each section."""
    return [step(run, name, run.slot_at + STEP).status for name in SEEN]


def test_it_is_part_of_the_record_and_a_record_without_it_stays_valid(slow: SlowModel) -> None:
    account = make_account("rules")
    traded(account, 2)
    run = DecisionRun.objects.order_by("-sequence").first()
    assert run is not None
    account.refresh_from_db()
    assert ReadFrom.found_in(run.read_from) == ReadFrom.of(account)
    assert record_document(run, list(run.actions.all()))["read_from"] == run.read_from
    assert verify_run(run) == []
    run.read_from = {}
    run.record_digest = record_digest(run, list(run.actions.all()))
    assert "read_from" not in record_document(run, list(run.actions.all())) and verify_run(run) == []


def test_numbers_that_were_changed_are_found_by_the_seal(slow: SlowModel) -> None:
    account = make_account("rules")
    at = traded(account, 2)
    put_prices(at, 150)
    run = decide(account, at)[-1]
    read = dict(run.read_from)
    lower = {**read, "ledger": read["ledger"] - 2}
    named = ("orders", "policy", "exits")
    higher = [{**read, name: read[name] + 1} for name in named]
    fewer = [{name: read[name] for name in read if name != left_out} for left_out in read]
    for wrong in (lower, *higher, *fewer, {**read, "ledger": "6"}, {**read, "more": 1}, {}, []):
        DecisionRun.objects.filter(pk=run.pk).update(read_from=wrong)
        run.refresh_from_db()
        assert step(run, "record", at + STEP).status == DIFFERENT, wrong
        assert verify_run(run) == [f"{run.public_id}: the record does not match its digest"], wrong


def test_numbers_that_the_account_never_had_are_a_difference_of_the_account(slow: SlowModel) -> None:
    account = make_account("rules")
    at = traded(account, 3)
    put_prices(at, 150)
    run = decide(account, at)[-1]
    for name, number in (("ledger", 3), ("orders", 40), ("policy", 9), ("exits", 9), ("ledger", 10**30)):
        DecisionRun.objects.filter(pk=run.pk).update(read_from={**run.read_from, name: number})
        found = step(run, "account", at + STEP)
        assert (found.status, found.where) == (DIFFERENT, f"DecisionRun {run.public_id}.read_from"), name
        assert str(number) in found.found
    for wrong in ({"ledger": 1}, [1], {**run.read_from, "ledger": "6"}, "x", 7):
        DecisionRun.objects.filter(pk=run.pk).update(read_from=wrong)
        assert step(run, "account", at + STEP).where == f"DecisionRun {run.public_id}.read_from"
        assert step(run, "market", at + STEP).status == IDENTICAL


def test_exits_that_are_dated_after_the_board_are_those_that_were_read(slow: SlowModel) -> None:
    account = make_account()
    at = traded(account, 1)
    put_prices(at, 165)
    stop = {"side": None, "leverage": 1, "stop_micros": 100 * world.DOLLAR}
    for coin in COINS:
        world.put_quote(coin, dollars=165, at=at - 10 * SECOND)
    act(account, "set_stop", now=at - 10 * SECOND, **stop)
    act(account, "set_stop", now=at + SECOND, **{**stop, "stop_micros": 90 * world.DOLLAR})
    assert TriggerOrder.objects.count() == 2
    run = decide(account, at)[0]
    assert run.read_from["exits"] == 3 and run.context["truth"]["exits"] == []
    assert step(run, "account", at + STEP).status == IDENTICAL
    act(account, "cancel", now=at - SECOND, side=None, leverage=1)
    assert step(run, "account", at + STEP).status == IDENTICAL


def test_a_status_that_changed_near_the_moment_is_found(slow: SlowModel) -> None:
    account = make_account("rules")
    at = traded(account, 2)
    put_prices(at, 150)
    runs = decide(account, at)
    accounts.pause_account(account=account, reason="look", by=world.BY, now=at - SECOND)
    assert {run.context["account"]["status"] for run in runs} == {"active"}
    assert [verdicts(run) for run in runs] == [[IDENTICAL] * 3] * 2


@pytest.mark.parametrize("engine", ["model", "rules"])
def test_an_old_run_is_found_among_what_was_posted_around_it(slow: SlowModel, engine: str) -> None:
    account = make_account(engine)
    traded(account, 12)
    hour = world.NOW + 12 * STEP
    put_prices(hour, 160)
    runs = decide(account, hour, board=MarketBoard(hour + 5 * SECOND))
    assert marking.mark_open_accounts(now=hour).failed == 0
    account.refresh_from_db()
    policies.move_policy(
        account=account,
        policy={"max_leverage": 3},
        from_sequence=1,
        reason="x",
        by=world.BY,
        now=hour + 4 * SECOND,
    )
    assert PolicySnapshot.objects.count() == 2
    for run in runs:
        forget(run)
        assert verdicts(run) == [IDENTICAL] * 3
    changed = {**runs[0].context, "account": {**runs[0].context["account"], "cash_micros": 5}}
    DecisionRun.objects.filter(pk=runs[0].pk).update(context=changed)
    assert verdicts(runs[0])[1] == DIFFERENT


def test_of_many_postings_at_one_moment_an_old_run_finds_the_last(slow: SlowModel) -> None:
    account = make_account("rules", max_actions_per_window=1_000)
    traded(account, 1)
    at = world.NOW + STEP
    put_prices(at, 165)
    for _ in range(61):
        act(account, "open", now=at, notional_micros=100 * world.DOLLAR, leverage=1)
    assert LedgerEntry.objects.filter(account=account, at=at, book="cash").count() == 61
    runs = decide(account, at)
    assert runs[0].read_from["orders"] == Order.objects.count()
    for run in runs:
        assert verdicts(run) == [IDENTICAL] * 3
        forget(run)
        assert verdicts(run) == [IDENTICAL] * 3


@pytest.fixture
def trader(transactional_db: None) -> Iterator[PropAccount]:
    """An account without positions on a database that many may write to."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite in memory is one connection")
    world.put_quote(dollars=100)
    yield world.make_account()


@pytest.mark.postgres
def test_an_order_that_is_filled_while_it_is_read_is_in_all_of_it_or_in_none(
    trader: PropAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = world.propose_action(trader)
    load = account_state.load_positions

    def meanwhile(account: PropAccount) -> Any:
        at_once(lambda: execution.execute_action(action=action, now=world.NOW), times=1)
        return load(account)

    monkeypatch.setattr(account_state, "load_positions", meanwhile)
    standing = read_standing(trader.pk, MarketBoard(world.NOW), books=True)
    assert Order.objects.count() == 1
    assert standing.account.positions == () and standing.account.cash_micros == world.START
    assert standing.truth is not None and (standing.truth.fills, standing.truth.fees_paid_micros) == ((), 0)
    assert standing.read_from == {"ledger": 2, "orders": 0, "policy": 1, "exits": 0}
    later = read_standing(trader.pk, MarketBoard(world.NOW), books=True)
    assert later.truth is not None and len(later.truth.fills) == 1 == later.read_from["orders"]
