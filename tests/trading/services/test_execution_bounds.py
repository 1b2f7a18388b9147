"""What accounts and books refuse: states without trading, numbers beyond the books, changes of what is written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps as registry
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import RequestFactory

from apps.core.append_only import RowIsImmutable
from apps.exchange.rounding import MAX_MICROS
from apps.trading.models import (
    Fill,
    InstrumentTerms,
    LedgerEntry,
    Order,
    PolicySnapshot,
    PropAccount,
    TradingHalt,
)
from apps.trading.services import execution, ledger
from apps.trading.types import Posting
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Any:
    """An account that bought BTC at $100."""
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account, size_lots=1_000_000), now=world.NOW)
    account.refresh_from_db()
    return account


def judge(account: Any, kind: str = "open", **fields: Any) -> tuple[str, str]:
    verdict = execution.execute_action(action=world.propose_action(account, kind, **fields), now=world.NOW)
    assert verdict is not None
    return verdict.status, verdict.reason_code


@pytest.mark.parametrize("status", ["pending", "paused", "locked", "completed", "liquidated", "halted"])
@pytest.mark.parametrize("kind", ["open", "reduce", "close", "flip", "set_stop"])
def test_f06_an_account_that_may_not_trade_gets_no_order_of_any_kind(
    account: Any, status: str, kind: str
) -> None:
    closed = {"closed_at": world.NOW} if status in ("completed", "liquidated") else {}
    PropAccount.objects.filter(pk=account.pk).update(status=status, **closed)
    sized = {"size_lots": 100_000} if kind == "reduce" else {}
    stop = {"stop_micros": 90 * world.DOLLAR} if kind == "set_stop" else {}
    assert judge(account, kind, **sized, **stop) == ("denied", "ACCOUNT_NOT_TRADABLE")
    assert Order.objects.count() == 1


def test_f06_an_account_that_may_only_reduce_is_let_out_and_nothing_else(account: Any) -> None:
    PropAccount.objects.filter(pk=account.pk).update(status="reduce_only")
    assert judge(account) == ("denied", "ONLY_REDUCING")
    assert judge(account, "flip", side=-1) == ("denied", "ONLY_REDUCING")
    assert judge(account, "reduce", size_lots=200_000) == ("executed", "")
    assert judge(account, "close") == ("executed", "")


@pytest.mark.parametrize(("scope", "symbol"), [("everything", ""), ("asset", "BTC")])
def test_f06_a_kill_switch_stops_growing_or_every_fill(account: Any, scope: str, symbol: str) -> None:
    halt = TradingHalt.objects.create(
        scope=scope, symbol=symbol, mode="reducing", reason="test", set_by="tests", set_at=world.NOW
    )
    assert judge(account) == ("denied", "ONLY_REDUCING")
    assert judge(account, "reduce", size_lots=200_000) == ("executed", "")
    TradingHalt.objects.filter(pk=halt.pk).update(mode="halted")
    assert judge(account, "close") == ("denied", "TRADING_HALTED")
    TradingHalt.objects.filter(pk=halt.pk).update(lifted_at=world.NOW)
    assert judge(account, "close") == ("executed", "")


def test_f06_the_kill_switch_of_one_asset_leaves_the_others(account: Any) -> None:
    world.put_quote("ETH", dollars=50)
    TradingHalt.objects.create(
        scope="asset", symbol="BTC", mode="halted", reason="test", set_by="tests", set_at=world.NOW
    )
    assert judge(account) == ("denied", "TRADING_HALTED")
    assert judge(account, symbol="ETH") == ("executed", "")


@pytest.mark.parametrize(
    "size", [{"size_lots": MAX_MICROS + 1}, {"notional_micros": MAX_MICROS + 1}, {"size_lots": 2**63 - 1}]
)
def test_f13_a_size_beyond_the_books_is_denied_before_anything_is_written(
    account: Any, size: dict[str, int]
) -> None:
    values = size if "notional_micros" in size else {"notional_micros": 0, **size}
    assert judge(account, **values) == ("denied", "AMOUNT_OUT_OF_RANGE")
    assert Order.objects.count() == 1


@pytest.mark.parametrize("amount", [MAX_MICROS + 1, -(MAX_MICROS + 1), MAX_MICROS, 2**63])
def test_f13_a_posting_beyond_the_books_is_refused_before_it_is_written(account: Any, amount: int) -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(ledger.AmountOutOfRange) as refused, transaction.atomic():
        ledger.post(account=account, postings=[Posting("adjustment", amount, "adjustment:x")], now=world.NOW)
    assert refused.value.code == "AMOUNT_OUT_OF_RANGE"
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("column", ["amount_micros", "balance_after_micros"])
def test_f13_the_ledger_table_itself_refuses_numbers_beyond_the_books(account: Any, column: str) -> None:
    row = {
        "account": account,
        "sequence": 999,
        "group": 99,
        "book": "cash",
        "kind": "adjustment",
        "amount_micros": 1,
        "balance_after_micros": 1,
        "reference": "x",
        "at": world.NOW,
        "hash": "h",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(**{**row, column: MAX_MICROS + 1})
    with pytest.raises(TypeError):
        LedgerEntry.objects.create(**{**row, column: 1.5})


def test_f13_a_ready_row_holds_integers_or_is_not_written(account: Any) -> None:
    with pytest.raises(TypeError), transaction.atomic():
        ledger.post(account=account, postings=[Posting("adjustment", 1.5, "adjustment:x")], now=world.NOW)  # type: ignore[arg-type]
    assert not LedgerEntry.objects.filter(reference="adjustment:x").exists()


AuditEvent = registry.get_model("operations.AuditEvent")
FOR_EVER: dict[str, tuple[Any, str]] = {
    "ledger": (LedgerEntry, "reference"),
    "fills": (Fill, "quote_reference"),
    "audit": (AuditEvent, "reason"),
    "policies": (PolicySnapshot, "reason"),
    "terms": (InstrumentTerms, "symbol"),
}


@pytest.mark.parametrize("name", FOR_EVER)
def test_f14_what_is_written_for_ever_is_changed_by_no_path(account: Any, name: str) -> None:
    model, column = FOR_EVER[name]
    row = model.objects.order_by("pk").first()
    assert row is not None
    before = list(model.objects.order_by("pk").values())
    by_orm: list[Callable[[], object]] = [
        row.save,
        row.delete,
        lambda: model.objects.update(**{column: "altered"}),
        lambda: model.objects.filter(pk=row.pk).delete(),
        lambda: model.objects.bulk_update([row], [column]),
    ]
    for change in by_orm:
        with pytest.raises(RowIsImmutable):
            change()
    by_sql = (
        f"UPDATE {model._meta.db_table} SET {column} = 'altered'",
        f"DELETE FROM {model._meta.db_table}",
    )
    for statement in by_sql:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("name", FOR_EVER)
def test_f14_the_console_offers_no_change_of_it(account: Any, name: str) -> None:
    model, _ = FOR_EVER[name]
    page = next(site for site in admin.site._registry.values() if site.model is model)
    request = RequestFactory().get("/")
    request.user = get_user_model()(username="root", is_superuser=True, is_staff=True, is_active=True)
    row = model.objects.first()
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request, row)
    assert not page.has_delete_permission(request, row)
