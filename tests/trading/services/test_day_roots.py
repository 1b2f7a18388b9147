"""One root a day over every chain: sealed once, chained, checkable for ever, and true whatever is written later."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.core.append_only import drop_trigger_sql, installed_triggers, trigger_names, trigger_sql
from apps.core.errors import NotFound
from apps.decisions.models import DecisionHead, DecisionRun
from apps.decisions.services.sealing import record_digest
from apps.operations.invariants import registered
from apps.trading import merkle
from apps.trading.models import DayRoot, PropAccount
from apps.trading.queries import proofs
from apps.trading.services import cycle, day_roots, execution, ledger
from apps.trading.types import Posting
from tests.trading import world
from tests.trading.world import MINUTE, NOW

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
SEALED = MIDNIGHT + day_roots.SETTLING
NEXT = timedelta(days=1)


def trade(account: PropAccount, at: datetime) -> None:
    """Decide by the rules and execute, as the cadences do."""
    world.put_candles(end=at)
    world.put_quote(dollars=160, at=at)
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
    execution.execute_pending(now=at)


@pytest.fixture
def account() -> PropAccount:
    """An account that decided and traded at noon."""
    account = world.make_account()
    trade(account, NOW)
    account.refresh_from_db()
    return account


@pytest.fixture
def changeable() -> Callable[..., None]:
    """Runs SQL on a table whose triggers are lifted meanwhile."""

    def run(sql: str, *values: Any) -> None:
        table = next(word for word in sql.split() if word.startswith(("trading_", "decisions_")))
        held = trigger_names(table)[0] in installed_triggers(connection, table)
        with connection.cursor() as cursor:
            for statement in drop_trigger_sql(connection.vendor, table) if held else ():
                cursor.execute(statement)
            cursor.execute(sql, values)
            for statement in trigger_sql(connection.vendor, table) if held else ():
                cursor.execute(statement)

    return run


def leaf(day: date = DAY) -> proofs.Leaf:
    (found,) = proofs.leaves_of(proofs.get_day(day))
    return found


def broken(key: str) -> list[str]:
    (check,) = registered(only=(key,))
    return check.check()


def test_a_day_is_sealed_five_minutes_after_its_end_and_once(account: PropAccount) -> None:
    assert day_roots.seal_due_days(now=SEALED - timedelta(seconds=1)).done == 0
    assert day_roots.seal_due_days(now=SEALED).done == 1
    assert day_roots.seal_due_days(now=SEALED).done == 0
    assert day_roots.seal_day(day=DAY, now=SEALED).pk == DayRoot.objects.get().pk
    run = DecisionRun.objects.get()
    assert leaf() == (
        account.public_id,
        (1, run.record_digest),
        (account.record_sequence, account.record_head),
        (account.ledger_sequence, account.ledger_head),
    )
    assert account.ledger_sequence > 2 and day_roots.check_day(DAY).faults == []


def test_nothing_is_sealed_before_there_is_an_account() -> None:
    assert day_roots.seal_due_days(now=SEALED).seen == 0 and not DayRoot.objects.exists()


def test_days_that_were_missed_are_sealed_in_order_as_of_their_own_ends(account: PropAccount) -> None:
    trade(account, NOW + NEXT)
    assert day_roots.seal_due_days(now=SEALED + 3 * NEXT, limit=3).done == 3
    assert day_roots.seal_due_days(now=SEALED + 3 * NEXT, limit=3).done == 1
    first, second, third, _ = DayRoot.objects.order_by("date")
    assert [first.previous_root, second.previous_root, third.previous_root] == ["", first.root, second.root]
    assert first.tree != second.tree == third.tree and second.root != third.root
    assert (leaf().decisions.sequence, leaf(DAY + NEXT).decisions.sequence) == (1, 2)
    assert broken("I-D4") == broken("I-D5") == []


def test_an_open_decision_holds_the_seal_up_for_an_hour_and_no_longer(account: PropAccount) -> None:
    run = DecisionRun.objects.get()
    values = {"subject": "acc_other", "status": "running", "slot_ends_at": NOW, "slot_at": NOW}
    shared = {
        "version": run.version,
        "requested_by": "t",
        "engine": "rules",
        "prompt_key": "p",
        "symbol": "BTC",
    }
    DecisionRun.objects.create(**values, **shared, created_at=MIDNIGHT - MINUTE)
    waited = day_roots.seal_due_days(now=SEALED)
    assert (waited.done, waited.skipped) == (0, 1)
    assert day_roots.seal_due_days(now=MIDNIGHT + day_roots.GRACE).done == 1


def test_a_row_dated_in_a_sealed_day_is_told_and_is_under_the_next_root(
    account: PropAccount, capsys: Any
) -> None:
    day_roots.seal_due_days(now=SEALED)
    before = proofs.get_day(DAY)
    with transaction.atomic():
        locked = PropAccount.objects.select_for_update().get(pk=account.pk)
        posting = Posting(kind="funding", amount_micros=-5, reference="late")
        ledger.post(account=locked, postings=[posting], now=MIDNIGHT - MINUTE)
        locked.save(update_fields=ledger.LEDGER_FIELDS)
    check = day_roots.check_day(DAY)
    assert (
        check.faults == [] and len(check.late) == 1 and "2 links were written after the seal" in check.late[0]
    )
    call_command("verify_day", "2026-03-02")
    told = capsys.readouterr().out
    assert "late, under the next root" in told and before.root in told
    day_roots.seal_due_days(now=SEALED + NEXT)
    locked.refresh_from_db()
    assert leaf(DAY + NEXT).ledger == (locked.ledger_sequence, locked.ledger_head)
    assert day_roots.check_day(DAY + NEXT).late == [] and broken("I-D5") == []


def test_an_account_that_first_acted_after_the_seal_is_late_and_no_fault(account: PropAccount) -> None:
    day_roots.seal_due_days(now=SEALED)
    world.make_account(world.make_clone("Bob"), now=NOW)
    check = day_roots.check_day(DAY)
    assert check.faults == [] and len(check.late) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE trading_dayroot SET root = %s", "the root is not that of its tree"),
        ("UPDATE trading_dayroot SET tree = %s", "the root is not that of its tree"),
        ("UPDATE trading_dayroot SET previous_root = %s", "the root is not that of its tree"),
    ],
)
def test_a_changed_root_is_named(account: PropAccount, changeable: Any, change: str, told: str) -> None:
    day_roots.seal_due_days(now=SEALED)
    changeable(change, "0" * 64)
    assert any(told in fault for fault in day_roots.check_day(DAY).faults)
    assert any(told in fault for fault in broken("I-D4")) and broken("I-D5")


def test_a_root_made_anew_over_changed_leaves_breaks_on_the_chains(
    account: PropAccount, changeable: Any
) -> None:
    day_roots.seal_due_days(now=SEALED)
    day = proofs.get_day(DAY)
    forged = leaf()._replace(ledger=proofs.Head(account.ledger_sequence, "0" * 64))
    changeable("DELETE FROM trading_dayroot")
    tree = day_roots.tree_of([forged])
    DayRoot.objects.create(
        date=DAY,
        leaves=day.leaves.replace(account.ledger_head, "0" * 64),
        leaves_count=1,
        tree=tree.hex(),
        root=merkle.root_hash(b"", DAY.isoformat(), tree).hex(),
        made_at=SEALED,
    )
    (fault,) = day_roots.check_day(DAY).faults
    assert "ledger: link" in fault and "is not what was sealed" in fault


@pytest.mark.parametrize("chain", ["decisions", "executions", "ledger"])
def test_a_chain_that_was_cut_or_rewritten_after_the_seal_is_named(
    account: PropAccount, changeable: Any, chain: str
) -> None:
    day_roots.seal_due_days(now=SEALED)
    changes = {
        "decisions": "UPDATE decisions_decisionrun SET record_digest = %s",
        "executions": "UPDATE trading_executionrecord SET digest = %s",
        "ledger": "UPDATE trading_ledgerentry SET hash = %s",
    }
    changeable(changes[chain], "0" * 64)
    assert [fault for fault in day_roots.check_day(DAY).faults if f"{chain}: link" in fault]
    changeable("DELETE FROM trading_ledgerentry WHERE sequence = %s", account.ledger_sequence)
    assert any("of that day there are" in fault for fault in day_roots.check_day(DAY).faults)


def test_a_day_left_out_is_named(account: PropAccount, changeable: Any) -> None:
    day_roots.seal_due_days(now=SEALED + 2 * NEXT)
    changeable("DELETE FROM trading_dayroot WHERE date = %s", DAY + NEXT)
    assert any("the last one is 2026-03-02" in fault for fault in broken("I-D4"))
    assert any("does not follow" in fault for fault in day_roots.check_day(DAY + 2 * NEXT).faults)


def test_the_database_refuses_to_change_or_remove_a_root(account: PropAccount) -> None:
    day_roots.seal_due_days(now=SEALED)
    for sql in ("UPDATE trading_dayroot SET root = root", "DELETE FROM trading_dayroot"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_every_account_climbs_to_the_root(account: PropAccount) -> None:
    for _ in range(4):
        world.make_account(account.clone)
    day_roots.seal_due_days(now=SEALED)
    for each in PropAccount.objects.all():
        proof = proofs.get_membership(DAY, each)
        assert merkle.climb(bytes.fromhex(proof.leaf_hash), proof.path).hex() == proof.day.tree
        assert proof.leaf.account == each.public_id
    with pytest.raises(NotFound):
        proofs.get_membership(DAY + NEXT, account)


def test_verify_day_names_the_first_difference_and_exits_1(
    account: PropAccount, changeable: Any, capsys: Any
) -> None:
    day_roots.seal_due_days(now=SEALED)
    call_command("verify_day", "2026-03-02")
    assert "1 accounts are as they were sealed" in capsys.readouterr().out
    changeable("UPDATE trading_ledgerentry SET hash = %s", "0" * 64)
    with pytest.raises(SystemExit) as end:
        call_command("verify_day", "2026-03-02")
    assert end.value.code == 1 and len(capsys.readouterr().out.splitlines()) == 1
    with pytest.raises(CommandError, match="is not sealed"):
        call_command("verify_day", "2026-03-09")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE decisions_decisionrun SET engine_revision = %s", "the record does not match its digest"),
        ("UPDATE decisions_proposedaction SET reason = %s", "the record does not match its digest"),
        ("UPDATE trading_ledgerentry SET kind = %s WHERE sequence = 3", "row 3: does not match its hash"),
        (
            "UPDATE trading_executionrecord SET document = %s",
            "execution 1: the record does not match its digest",
        ),
        ("UPDATE trading_propaccount SET record_head = %s", "head is not the last execution's digest"),
    ],
)
def test_verify_chain_names_the_first_difference_and_exits_1(
    account: PropAccount, changeable: Any, capsys: Any, change: str, told: str
) -> None:
    day_roots.seal_due_days(now=SEALED)
    call_command("verify_chain", account.public_id)
    assert f"head is {account.ledger_head}" in capsys.readouterr().out
    changeable(change, "other")
    with pytest.raises(SystemExit) as end:
        call_command("verify_chain", account.public_id)
    out = capsys.readouterr().out
    assert end.value.code == 1 and told in out and len(out.splitlines()) == 1


def test_verify_chain_finds_a_chain_that_was_sealed_anew(
    account: PropAccount, changeable: Any, capsys: Any
) -> None:
    """Whoever recomputes every seal behind a change still meets the root that outsiders have."""
    day_roots.seal_due_days(now=SEALED)
    run = DecisionRun.objects.get()
    run.error_code = "FORGED"
    run.record_digest = record_digest(run, list(run.actions.all()))
    run.save()
    DecisionHead.objects.update(digest=run.record_digest)
    with pytest.raises(SystemExit):
        call_command("verify_chain", account.public_id)
    assert (
        "2026-03-02" in (told := capsys.readouterr().out)
        and "decisions: link 1 is not what was sealed" in told
    )
    with pytest.raises(CommandError, match="There is no account"):
        call_command("verify_chain", "acc_nobody")
