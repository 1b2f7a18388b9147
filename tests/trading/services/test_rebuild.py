"""The rebuild is silent on a long random history and names every column that was tampered with."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps as registry
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.core.append_only import drop_trigger_sql
from apps.trading.models import AccountSnapshot, Fill, LedgerEntry, Position, PropAccount
from apps.trading.queries import account_as_of
from apps.trading.services import accounts, execution, marking, rebuild, refill
from tests.trading import world

pytestmark = pytest.mark.django_db
SYMBOLS = ("BTC", "ETH", "ISO")
SEALED = ("trading_ledgerentry", "trading_fill", "trading_instrumentterms", "trading_markset")


def live(account: PropAccount, *, steps: int, seed: int) -> None:
    """So many random steps of prices, actions, exits, marks, funding hours and refusals."""
    dice = random.Random(seed)
    now, marks = world.NOW, dict.fromkeys(SYMBOLS, 100 * world.DOLLAR)
    for _ in range(steps):
        now += timedelta(seconds=dice.choice([1, 20, 1_800]))
        for symbol in SYMBOLS:
            marks[symbol] = marks[symbol] * (10_000 + dice.randint(-150, 150)) // 10_000
            quote(symbol, marks[symbol], now)
        kind = dice.choice(["open", "open", "reduce", "close", "flip", "set_stop", "set_target"])
        symbol, side = dice.choice(SYMBOLS), dice.choice([1, -1])
        fields: dict[str, Any] = (
            {"size_lots": dice.randint(5_000, 900_000)} if kind in ("open", "reduce") else {}
        )
        fields |= {"stop_micros": marks[symbol] * 99 // 100} if kind == "set_stop" else {}
        fields |= {"target_micros": marks[symbol] * 101 // 100} if kind == "set_target" else {}
        world.propose_action(
            account,
            kind,
            now=now,
            symbol=symbol,
            side=side,
            leverage=dice.randint(1, 10),
            is_isolated=dice.random() < 0.3,
            **fields,
        )
        execution.execute_pending(now=now)
        if dice.random() < 0.6:
            now += timedelta(seconds=1)
            marking.mark_open_accounts(now=now)


def quote(symbol: str, mark: int, now: Any) -> None:
    """A price at its moment, with funding that longs pay."""
    registry.get_model("market.Quote").objects.create(
        asset=world.make_asset(symbol),
        at=now,
        mark_micros=mark,
        oracle_micros=mark,
        mid_micros=mark,
        funding_rate_e10=125_000,
        source="synthetic",
        knowable_at=now,
    )


@pytest.fixture
def lived() -> PropAccount:
    """An account after a long random history, with an open position, beside one that only has its deposit."""
    asset = world.make_asset("ISO")
    asset.only_isolated = True
    asset.save()
    account = world.make_account(
        world.make_clone(assets=("BTC", "ETH")), allowed_symbols=SYMBOLS, max_actions_per_window=1_000
    )
    world.make_account(account.clone)
    live(account, steps=40, seed=21)
    account.refresh_from_db()
    return account


@contextmanager
def tampered(*statements: str) -> Iterator[list[str]]:
    """What the rebuild says while the statements hold, written below every manager and trigger."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for table in SEALED:
                for statement in drop_trigger_sql(connection.vendor, table):
                    cursor.execute(statement)
            for statement in statements:
                cursor.execute(statement)
        yield [str(each) for each in rebuild.compare()]
        transaction.set_rollback(True)


def test_f21_a_long_random_history_is_rebuilt_byte_for_byte(lived: PropAccount) -> None:
    assert Fill.objects.filter(account=lived).count() > 8
    assert LedgerEntry.objects.filter(kind="funding").exists()
    assert AccountSnapshot.objects.filter(account=lived).count() > 8
    assert Fill.objects.filter(is_isolated=True).exists() and Fill.objects.filter(is_isolated=False).exists()
    assert [str(each) for each in rebuild.compare()] == []
    assert [str(each) for each in refill.compare_fills()] == []


def test_every_fill_is_made_again_from_what_it_cites_and_a_changed_receipt_is_named(
    lived: PropAccount,
) -> None:
    for column in ("price_micros", "fee_micros", "walk_micros"):
        change = f"trading_fill SET {column} = {column} + 100000 WHERE account_id = {lived.pk}"
        with tampered(f"UPDATE {change}"):
            named = {each.column for each in refill.compare_fills()}
            assert named == {column}


ACCOUNT_COLUMNS = (
    *(f"{book}_micros" for book in ("cash", "capital", "fees", "pnl", "funding", "adjustment")),
    "ledger_sequence",
    "ledger_group",
    "order_sequence",
)
POSITION_COLUMNS = ("size_lots", "cost_micros", "leverage", "margin_micros", "realized_micros")
SNAPSHOT_COLUMNS = (
    "cash_micros",
    "unrealized_micros",
    "equity_micros",
    "maintenance_micros",
    "ledger_sequence",
)


def test_f21_every_planted_corruption_is_named(lived: PropAccount) -> None:
    name = lived.public_id
    held = Position.objects.filter(account=lived).order_by("symbol")[0]
    shot = AccountSnapshot.objects.filter(account=lived).order_by("at")[3]
    taken = shot.at.isoformat()
    planted = {
        f"{name} trading_propaccount {column}:": f"trading_propaccount SET {column} = {column} + 1"
        f" WHERE id = {lived.pk}"
        for column in ACCOUNT_COLUMNS
    }
    planted |= {
        f"{name} trading_position {held.symbol} {column}:": f"trading_position SET {column} = {column} + 1"
        f" WHERE id = {held.pk}"
        for column in POSITION_COLUMNS
    }
    planted |= {
        f"{name} trading_accountsnapshot {taken} {column}:": "trading_accountsnapshot"
        f" SET {column} = {column} - 1 WHERE id = {shot.pk}"
        for column in SNAPSHOT_COLUMNS
    }
    ledger, where = f"{name} trading_ledgerentry", f"WHERE account_id = {lived.pk}"
    row = f"{where} AND sequence ="
    planted |= {
        f"{ledger} 5 hash:": f"trading_ledgerentry SET amount_micros = amount_micros + 1 {row} 5",
        f"{ledger} 6 balance_after_micros:": f"trading_ledgerentry SET balance_after_micros = 7 {row} 6",
        f"{ledger} 8 previous_hash:": f"trading_ledgerentry SET hash = 'x' {row} 7",
        f"{ledger} 3 source_digest:": f"trading_fill SET price_micros = price_micros + 1 {where}",
        f"{name} trading_propaccount ledger_head:": f"trading_propaccount SET ledger_head = 'x' WHERE"
        f" id = {lived.pk}",
        "trading_markset": "trading_markset SET digest = 'x'",
        "trading_instrumentterms": "trading_instrumentterms SET digest = 'x' || id",
    }
    for words, change in planted.items():
        with tampered(f"UPDATE {change}") as found:
            assert any(words in line for line in found), (words, found[:5])
    with tampered(f"DELETE FROM trading_position {where} AND id = {held.pk}") as found:
        assert f"{name} trading_position {held.symbol} row: stored False, rebuilt True" in found
    assert [str(each) for each in rebuild.compare()] == []


def test_f21_the_command_names_accounts_and_leaves_with_one(lived: PropAccount) -> None:
    with pytest.raises(CommandError, match="never rewritten"):
        call_command("rebuild_accounts")
    said = StringIO()
    call_command("rebuild_accounts", "--check", stdout=said)
    assert said.getvalue() == "Every account is what its history makes of it.\n"
    PropAccount.objects.filter(pk=lived.pk).update(fees_micros=1)
    for options in ([], ["--account", lived.public_id]):
        said = StringIO()
        with pytest.raises(SystemExit, match="1"):
            call_command("rebuild_accounts", "--check", "--json", *options, stdout=said)
        told = json.loads(said.getvalue())
        assert (told["account"], told["column"], told["stored"]) == (lived.public_id, "fees_micros", 1)
    with pytest.raises(CommandError, match="no account"):
        call_command("rebuild_accounts", "--check", "--account", "acc_nobody")


def test_an_earlier_moment_is_made_again_from_ledger_and_fills(lived: PropAccount) -> None:
    now = account_as_of(lived)
    assert (now.cash_micros, now.ledger_sequence, now.ledger_head) == (
        lived.cash_micros,
        lived.ledger_sequence,
        lived.ledger_head,
    )
    assert now.faults == () and now.policy == lived.policy and now.status == "active"
    stored = Position.objects.filter(account=lived).exclude(size_lots=0).order_by("symbol")
    assert [(row.symbol, row.size_lots, row.cost_micros, row.margin_micros) for row in now.positions] == [
        (row.symbol, row.size_lots, row.cost_micros, row.margin_micros) for row in stored
    ]
    for shot in AccountSnapshot.objects.filter(account=lived).order_by("at"):
        then = account_as_of(lived, ledger_sequence=shot.ledger_sequence)
        assert (then.cash_micros, then.ledger_sequence) == (shot.cash_micros, shot.ledger_sequence)
    opened = account_as_of(lived, at=world.NOW)
    assert (opened.cash_micros, opened.positions, opened.ledger_sequence) == (world.START, (), 2)
    before = account_as_of(lived, at=world.NOW - world.MINUTE)
    assert (before.cash_micros, before.status, before.policy, before.policy_sequence) == (0, None, None, 0)


def test_a_closed_account_says_so_from_its_audit_events(lived: PropAccount) -> None:
    end = AccountSnapshot.objects.filter(account=lived).latest("at").at + timedelta(seconds=5)
    accounts.pause_account(account=lived, reason="test", by=world.BY, now=end)
    assert account_as_of(lived, at=end - timedelta(seconds=1)).status == "active"
    assert account_as_of(lived, at=end).status == "paused"
