"""What pages, histories and marks read comes from an index, on the database the tests run on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apps.trading import queries
from apps.trading.models import PropAccount, TriggerOrder
from apps.trading.services import exits, marking
from tests.trading import world
from tests.trading.prices import carry_out

pytestmark = pytest.mark.django_db
ENDED = 3_000
OTHERS = 400
OF_STANDING = ("trading_trigger_standing", "trading_trigger_account", "trading_one_standing_trigger")


@pytest.fixture
def account() -> PropAccount:
    """An account with one standing exit among thousands that have ended, of many accounts."""
    world.put_quote(dollars=100)
    clone = world.make_clone()
    account = world.make_account(clone)
    carry_out(account)
    carry_out(account, "set_stop", stop_micros=90 * world.DOLLAR)
    template = {
        "clone": clone,
        "purpose": "demonstration",
        "status": "completed",
        "policy": {},
        "starting_micros": world.START,
        "created_at": world.NOW,
    }
    others = [PropAccount(public_id=f"acc_{n}", ordinal=n + 10, **template) for n in range(OTHERS)]
    PropAccount.objects.bulk_create(others)
    asset = world.make_asset()
    TriggerOrder.objects.bulk_create(
        TriggerOrder(
            public_id=f"trg_{n}",
            account=others[n % OTHERS],
            asset=asset,
            symbol="BTC",
            kind="stop",
            side=1,
            status="cancelled",
            set_at=world.NOW,
            ended_at=world.NOW,
        )
        for n in range(ENDED)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return account


def plan_of(sql: str, parameters: Any = ()) -> str:
    """The database's plan for a statement, as text."""
    how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{how} {sql}", parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def plan_of_rows(rows: QuerySet[Any]) -> str:
    return plan_of(*rows.query.sql_with_params())


def test_a_mark_reads_the_standing_exits_alone(account: PropAccount) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        marking.mark_open_accounts(now=world.NOW + timedelta(seconds=10))
    (sql,) = {
        one["sql"]
        for one in asked
        if 'FROM "trading_triggerorder"' in one["sql"] and "IN (" not in one["sql"]
    }
    plan = plan_of(sql.replace("%", "%%"))
    assert "trading_trigger_standing" in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


def test_an_accounts_standing_exits_are_found_by_account(account: PropAccount) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert list(exits.load_standing([account.pk])) == [account.pk]
    (one,) = asked.captured_queries
    plan = plan_of(one["sql"])
    assert any(index in plan for index in OF_STANDING), plan


@pytest.mark.parametrize(
    ("read", "index"),
    [(queries.list_fills, "trading_fill_newest"), (queries.list_triggers, "trading_trigger_newest")],
)
def test_the_newest_of_an_account_need_no_sorting(account: PropAccount, read: Any, index: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows are read whole faster than by an index; the question is which index serves the order.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = plan_of_rows(read(account)[:20])
    if connection.vendor == "sqlite" or read is queries.list_triggers:
        # PostgreSQL weighs its indexes by rows, and there is one fill: any of them serves.
        assert index in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


def test_a_page_of_accounts_counts_the_positions_of_that_page_alone(account: PropAccount) -> None:
    page = queries.list_summaries().order_by("-ordinal")[:20]
    plan = plan_of_rows(page)
    assert "CORRELATED" in plan or "SubPlan" in plan
    assert (
        "TEMP B-TREE FOR GROUP BY" not in plan.split("CORRELATED")[0] and "SCAN trading_position" not in plan
    )
    counts = dict(queries.list_summaries().values_list("pk", "held"))
    assert counts.pop(account.pk) == 1 and set(counts.values()) == {0}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            sql, parameters = page.query.sql_with_params()
            cursor.execute(f"EXPLAIN ANALYZE {sql}", parameters)
            measured = "\n".join(row[0] for row in cursor.fetchall())
        loops = [line for line in measured.splitlines() if "trading_position" in line]
        assert loops and all("loops=20" in line for line in loops), measured
