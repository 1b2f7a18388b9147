"""Ready rows: what they may hold, what instances read, and that both ways of asking give the same."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.tables import Table, ask, moment

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = ("symbol", "size_decimals", "max_leverage", "margin_tiers", "is_delisted", "only_isolated", "source")
REST = ("base_interval_ms", "units_per_contract", "category", "is_tracked", "margin_mode", "created_at")


def table(**more: Any) -> Table[Any]:
    return Table(registry.get_model("market.Asset"), (*NAMES, *REST), **more)


def row(symbol: str = "BTC", *, decimals: Any = 3) -> tuple[Any, ...]:
    values = (symbol, decimals, 20, "[[0, 20]]", False, True, "synthetic")
    return (*values, 60_000, 1, "other", True, "", moment(AT))


@pytest.mark.parametrize("wrong", [True, 3.0, "3"])
def test_a_number_that_is_none_is_refused_by_the_name_of_its_column(wrong: Any) -> None:
    with pytest.raises(TypeError, match="size_decimals holds integers alone"):
        table().insert([row(), row("ETH", decimals=wrong)])


def test_instances_are_those_of_the_orm() -> None:
    table().insert([row(), row("ETH")])
    model = registry.get_model("market.Asset")
    found = table().fetch("WHERE symbol = %s", ["ETH"])[0]
    there = model.objects.get(symbol="ETH")
    names = [field.attname for field in model._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(there, name) for name in names]
    assert found == there and not found._state.adding and found._state.db == "default"


def test_what_an_instance_left_out_is_read_when_it_is_asked_for() -> None:
    table().insert([row()])
    found = table(reads=("id", "symbol")).fetch("WHERE symbol = %s", ["BTC"])[0]
    assert found.get_deferred_fields() >= {"created_at", "margin_tiers"}
    assert (found.symbol, found.margin_tiers, found.created_at) == ("BTC", [[0, 20]], AT)


def test_a_counted_statement_answers_as_an_uncounted_one_and_no_rows_are_an_answer() -> None:
    table().insert([row()])
    sql = "SELECT symbol, max_leverage FROM market_asset WHERE symbol IN (%s, %s)"
    with CaptureQueriesContext(connection) as counted:
        first = ask(sql, ["BTC", "ETH"])
    assert len(counted) == 1
    assert (
        [tuple(each) for each in first] == [tuple(each) for each in ask(sql, ["BTC", "ETH"])] == [("BTC", 20)]
    )
    change = "UPDATE market_asset SET max_leverage = %s WHERE symbol = %s"
    with CaptureQueriesContext(connection):
        assert ask(change, [10, "BTC"]) == []
    assert ask(change, [11, "BTC"]) == []


def test_a_statement_that_fails_fails_as_django_says_and_a_broken_transaction_answers_nothing() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        ask("SELECT nothing FROM market_asset", [])
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            ask("SELECT symbol FROM market_asset", [])
        transaction.set_rollback(False)


def test_one_moment_is_written_as_one_in_every_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-5)))
    assert moment(elsewhere) == moment(AT) and moment(None) is None
