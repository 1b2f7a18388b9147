"""Each invariant is silent on a clean database and names its own planted violation."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from apps.core.append_only import RowIsImmutable, drop_trigger_sql
from apps.operations.invariants import registered
from apps.trading.models import (
    AccountSnapshot,
    ActionVerdict,
    ExecutionRecord,
    Fill,
    LedgerEntry,
    Order,
    PolicySnapshot,
    Position,
    PropAccount,
    TradingHalt,
    TriggerOrder,
)
from apps.trading.seals import record_digest
from apps.trading.services import accounts, execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db

KEYS = (
    *(f"I-{number:02}" for number in range(1, 12)),
    "I-14",
    "I-15",
    "I-38",
    "I-40",
    "I-41",
    "I-50",
    "I-51",
    "I-54",
    "I-56",
    *(f"I-{number}" for number in range(63, 72)),
)


@pytest.fixture
def busy() -> PropAccount:
    """An account with a deposit, a filled open, a denial, a hold, a close and snapshots."""
    world.put_quote(dollars=100)
    account = world.make_account()
    for kind, fields in (
        ("open", {}),
        ("open", {"leverage": 500}),
        ("hold", {}),
        ("close", {}),
        ("open", {}),
    ):
        world.propose_action(account, kind, **fields)
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    account.refresh_from_db()
    return account


@pytest.fixture
def bystander(busy: PropAccount) -> PropAccount:
    """Another account, that trades another asset."""
    world.put_quote("ETH", dollars=10)
    account = world.make_account(world.make_clone("Bea", assets=("ETH",)))
    world.propose_action(account, symbol="ETH")
    execution.execute_pending(now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    account.refresh_from_db()
    return account


def broken(*keys: str, only: int | None = None) -> dict[str, list[str]]:
    """The invariants among `keys` that do not hold, of all accounts or of one."""
    return {check.key: found for check in registered(only=keys) if (found := check.check(only))}


def sql(statement: str, *values: Any) -> None:
    """Run a statement below every manager."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def unseal() -> None:
    """Take the append-only triggers away, as a careless administrator would."""
    for table in ("trading_ledgerentry", "trading_fill"):
        for statement in drop_trigger_sql(connection.vendor, table):
            sql(statement)


def fill_of(account: PropAccount) -> Fill:
    """The account's first fill."""
    return Fill.objects.filter(account=account).order_by("id")[0]


def spoil_balance(account: PropAccount) -> None:
    sql("UPDATE trading_propaccount SET cash_micros = cash_micros + 1 WHERE id = %s", account.pk)


def spoil_group(account: PropAccount) -> None:
    unseal()
    table = LedgerEntry._meta.db_table
    sql(
        f"UPDATE {table} SET amount_micros = amount_micros + 7 WHERE sequence = 1 AND account_id = %s",
        account.pk,
    )


def spoil_sequence(account: PropAccount) -> None:
    unseal()
    sql("UPDATE trading_ledgerentry SET sequence = 99 WHERE account_id = %s AND sequence = 2", account.pk)


def spoil_position(account: PropAccount) -> None:
    Position.objects.filter(account=account).update(size_lots=1)


def spoil_order_group(account: PropAccount) -> None:
    unseal()
    sql('UPDATE trading_fill SET "index" = 4 WHERE id = %s', fill_of(account).pk)


def spoil_order_status(account: PropAccount) -> None:
    Order.objects.filter(account=account, sequence=1).update(status="cancelled")


def spoil_fill_booking(account: PropAccount) -> None:
    unseal()
    change = "UPDATE trading_ledgerentry SET reference = 'fill:77:0:fee' WHERE reference = 'fill:1:0:fee'"
    sql(f"{change} AND account_id = %s", account.pk)


def spoil_snapshot(account: PropAccount) -> None:
    AccountSnapshot.objects.filter(account=account).update(equity_micros=1)


def spoil_price_age(account: PropAccount) -> None:
    unseal()
    sql("UPDATE trading_fill SET price_age_ms = 999999999 WHERE id = %s", fill_of(account).pk)


def spoil_citation(account: PropAccount) -> None:
    registry.get_model("market.Quote").objects.filter(asset__symbol="BTC").update(is_cited=False)


def spoil_close(account: PropAccount) -> None:
    PropAccount.objects.filter(pk=account.pk).update(status="completed", closed_at=world.NOW - world.MINUTE)


def spoil_cost(account: PropAccount) -> None:
    Position.objects.filter(account=account).update(size_lots=0, cost_micros=5)


def spoil_run(account: PropAccount) -> None:
    verdict = ActionVerdict.objects.filter(status="executed").order_by("id")[0]
    twin = world.add_action(verdict.action.run, index=1)
    ActionVerdict.objects.create(action=twin, account=account, status="executed", at=world.NOW)


def spoil_verdict(account: PropAccount) -> None:
    ActionVerdict.objects.filter(action__order__account=account).update(status="held")


def spoil_loop(account: PropAccount) -> None:
    sql("UPDATE trading_propaccount SET fees_micros = fees_micros + 1 WHERE id = %s", account.pk)


def spoil_seal(account: PropAccount) -> None:
    unseal()
    sql("UPDATE trading_fill SET half_spread_micros = 0 WHERE id = %s", fill_of(account).pk)


def spoil_history(account: PropAccount) -> None:
    Position.objects.filter(account=account).update(leverage=17)


def spoil_leverage(account: PropAccount) -> None:
    """The policy that ruled the fills allowed less than they took."""
    for statement in drop_trigger_sql(connection.vendor, "trading_policysnapshot"):
        sql(statement)
    row = PolicySnapshot.objects.get(account=account)
    document = json.dumps({**row.document, "max_leverage": 4})
    sql("UPDATE trading_policysnapshot SET document = %s WHERE id = %s", document, row.pk)


def spoil_equity(account: PropAccount) -> None:
    AccountSnapshot.objects.filter(account=account).update(
        equity_micros=F("equity_micros") + 1, unrealized_micros=F("unrealized_micros") + 2
    )


def spoil_age(account: PropAccount) -> None:
    quotes = registry.get_model("market.Quote").objects.filter(asset__symbol="BTC")
    quotes.update(at=world.NOW - 2 * world.MINUTE)


def spoil_order(account: PropAccount) -> None:
    Order.objects.filter(account=account, sequence=2).update(placed_at=world.NOW - world.MINUTE)


def spoil_exit(account: PropAccount) -> None:
    stand(account, side=-1)


def spoil_margin(account: PropAccount) -> None:
    Position.objects.filter(account=account).update(margin_micros=1)


def spoil_switch(account: PropAccount) -> None:
    TradingHalt.objects.create(
        scope="asset",
        symbol="BTC",
        mode="halted",
        reason="test",
        set_by="test",
        set_at=world.NOW - world.MINUTE,
    )


def spoil_policy(account: PropAccount) -> None:
    PropAccount.objects.filter(pk=account.pk).update(policy_sequence=2)


def spoil_exit_action(account: PropAccount) -> None:
    denied = ActionVerdict.objects.filter(status="denied").order_by("id")[0]
    stand(account, action_id=denied.action_id)


def spoil_cover(account: PropAccount) -> None:
    PropAccount.objects.filter(pk=account.pk).update(cash_micros=5)
    Position.objects.filter(account=account).update(is_isolated=True, margin_micros=6)


def spoil_record(account: PropAccount) -> None:
    """A record says something else, and its seal is made to fit: the next one does not follow it."""
    release_records()
    row = ExecutionRecord.objects.filter(account=account).earliest("sequence")
    document = row.document.replace('"kind":"open"', '"kind":"flip"')
    assert document != row.document
    sql(
        "UPDATE trading_executionrecord SET document = %s, digest = %s WHERE id = %s",
        document,
        record_digest(document),
        row.pk,
    )


def spoil_evidence(account: PropAccount) -> None:
    """The last record is gone."""
    release_records()
    row = ExecutionRecord.objects.filter(account=account).latest("sequence")
    sql("DELETE FROM trading_executionrecord WHERE id = %s", row.pk)


def spoil_reason(account: PropAccount) -> None:
    ActionVerdict.objects.filter(account=account, status="denied").update(reason_code="COOLDOWN")


def release_records() -> None:
    for statement in drop_trigger_sql(connection.vendor, "trading_executionrecord"):
        sql(statement)


def stand(account: PropAccount, **fields: Any) -> TriggerOrder:
    """A stop below the account's long position."""
    values = {"kind": "stop", "side": 1, "price_micros": 90 * world.DOLLAR, "set_at": world.NOW, **fields}
    return TriggerOrder.objects.create(account=account, asset=world.make_asset("BTC"), symbol="BTC", **values)


PLANTED: dict[str, Callable[[PropAccount], None]] = {
    "I-01": spoil_balance,
    "I-02": spoil_group,
    "I-03": spoil_sequence,
    "I-04": spoil_position,
    "I-05": spoil_order_group,
    "I-06": spoil_order_status,
    "I-07": spoil_fill_booking,
    "I-08": spoil_snapshot,
    "I-09": spoil_price_age,
    "I-10": spoil_close,
    "I-11": spoil_cost,
    "I-14": spoil_run,
    "I-15": spoil_verdict,
    "I-38": spoil_history,
    "I-40": spoil_loop,
    "I-41": spoil_seal,
    "I-50": spoil_leverage,
    "I-51": spoil_equity,
    "I-54": spoil_age,
    "I-56": spoil_order,
    "I-63": spoil_exit,
    "I-64": spoil_margin,
    "I-65": spoil_switch,
    "I-66": spoil_policy,
    "I-67": spoil_exit_action,
    "I-68": spoil_cover,
    "I-69": spoil_record,
    "I-70": spoil_evidence,
    "I-71": spoil_reason,
}


def test_all_are_silent_on_a_busy_clean_database(busy: PropAccount) -> None:
    assert Fill.objects.count() == 3
    assert broken(*KEYS) == {}
    accounts.close_account(account=busy, reason="end", by=world.BY, now=world.NOW)
    assert broken(*KEYS) == {}


@pytest.mark.parametrize("key", KEYS)
def test_each_names_its_planted_violation(key: str, busy: PropAccount) -> None:
    PLANTED[key](busy)
    assert broken(key)[key]


@pytest.mark.parametrize("key", KEYS)
def test_a_violation_in_one_account_is_named_there_and_nowhere_else(
    key: str, busy: PropAccount, bystander: PropAccount
) -> None:
    assert broken(*KEYS, only=busy.pk) == broken(*KEYS, only=bystander.pk) == {}
    PLANTED[key](busy)
    assert broken(key, only=busy.pk)[key]
    elsewhere = broken(key, only=bystander.pk).get(key, [])
    # The triggers are missing for every account.
    assert [line for line in elsewhere if not line.startswith("trigger")] == []


def test_the_command_checks_one_account_by_public_id_or_ordinal(
    busy: PropAccount, bystander: PropAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil_balance(busy)
    call_command("check_invariants", account=str(bystander.ordinal))
    told = capsys.readouterr()
    assert [line.split()[0] for line in told.out.splitlines()] == list(KEYS)
    assert told.err.startswith("Skipped, not about one account: ") and "I-32" in told.err
    for word in (busy.public_id, str(busy.ordinal)):
        with pytest.raises(SystemExit) as end:
            call_command("check_invariants", "--json", "--only", "I-01", "--account", word)
        (finding,) = json.loads(capsys.readouterr().out)
        assert (end.value.code, finding["holds"], len(finding["offences"])) == (1, False, 1)
        assert busy.public_id in finding["offences"][0]


@pytest.mark.parametrize("word", ["acc_nobody", "77", ""])
def test_the_command_refuses_an_unknown_account(word: str) -> None:
    with pytest.raises(CommandError, match=f"There is no account '{word}'") as refusal:
        call_command("check_invariants", "--account", word)
    assert refusal.value.returncode == 2


def test_the_command_refuses_to_ask_one_account_what_is_about_none(busy: PropAccount) -> None:
    with pytest.raises(CommandError, match="can be asked of one account") as refusal:
        call_command("check_invariants", "--only", "I-32", "--account", busy.public_id)
    assert refusal.value.returncode == 2


def test_growth_under_a_reducing_switch_is_named_and_shrinking_is_not(busy: PropAccount) -> None:
    opened, _, again = Fill.objects.order_by("id")
    fields = {"scope": "everything", "mode": "reducing", "reason": "test", "set_by": "test"}
    switch = TradingHalt.objects.create(**fields, set_at=world.NOW - world.MINUTE)
    named = [line.split(":")[0] for line in broken("I-65")["I-65"]]
    assert named == [f"fill {opened.pk}", f"fill {again.pk}"]
    TradingHalt.objects.filter(pk=switch.pk).update(set_at=world.NOW)
    accounts.close_account(account=busy, reason="end", by=world.BY, now=world.NOW + timedelta(seconds=5))
    assert Fill.objects.filter(at__gt=world.NOW).count() == 1
    assert broken("I-65") == {}


def test_a_flat_account_that_owes_is_named_and_a_cross_position_may_lean_on_its_profit(
    busy: PropAccount,
) -> None:
    spoil = PropAccount.objects.filter(pk=busy.pk).update
    spoil(cash_micros=-1)
    assert broken("I-68") == {}
    Position.objects.update(size_lots=0)
    assert broken("I-68")
    spoil(cash_micros=0)
    assert broken("I-68") == {}


def test_a_price_that_a_fill_cites_and_nobody_keeps_is_named(busy: PropAccount) -> None:
    spoil_citation(busy)
    assert "cited by a fill, not kept as cited" in broken("I-09")["I-09"][0]


def test_a_broken_link_and_a_missing_trigger_are_both_named(busy: PropAccount) -> None:
    unseal()
    sql("UPDATE trading_ledgerentry SET kind = 'bonus' WHERE account_id = %s AND sequence = 3", busy.pk)
    found = broken("I-41")["I-41"]
    assert any("row 3: does not match its hash" in line for line in found)
    assert "trigger trading_fill_no_delete is missing" in found


@pytest.mark.parametrize("model", [LedgerEntry, Fill])
@pytest.mark.parametrize("verb", ["UPDATE {} SET account_id = account_id", "DELETE FROM {}"])
def test_the_database_itself_refuses_changes(model: Any, verb: str, busy: PropAccount) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(verb.format(model._meta.db_table))


def test_the_managers_refuse_changes(busy: PropAccount) -> None:
    for act in (LedgerEntry.objects.all().delete, fill_of(busy).save, fill_of(busy).delete):
        with pytest.raises(RowIsImmutable):
            act()
