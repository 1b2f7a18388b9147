"""I-50 asks the whole account: exposure, net exposure and account leverage, derived again at each growing fill."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.core.append_only import drop_trigger_sql
from apps.operations.invariants import registered
from apps.trading.models import Fill, LedgerEntry, PolicySnapshot, PropAccount
from apps.trading.services import execution
from tests.trading import world

pytestmark = pytest.mark.django_db

ROOMY: dict[str, Any] = dict.fromkeys(
    ("max_position_micros", "max_exposure_micros", "max_net_exposure_micros"), 10**15
)
LATER = world.NOW + timedelta(seconds=30)


def trade(account: PropAccount, symbol: str, dollars: int, *, side: int = 1, now: datetime) -> Fill:
    """A filled open of so many dollars."""
    world.propose_action(
        account, symbol=symbol, side=side, notional_micros=dollars * world.DOLLAR, leverage=10, now=now
    )
    execution.execute_pending(now=now)
    return Fill.objects.filter(account=account).latest("id")


@pytest.fixture
def account() -> PropAccount:
    """$100,000 that bought $150,000 of BTC at 100, then sold $60,000 of ETH at 10."""
    world.put_quote(dollars=100)
    world.put_quote("ETH", dollars=10)
    account = world.make_account(**ROOMY)
    trade(account, "BTC", 150_000, now=world.NOW)
    trade(account, "ETH", 60_000, side=-1, now=LATER)
    assert found() == []
    return account


def found(**limits: int) -> list[str]:
    """What I-50 names once the pinned policy had these limits."""
    if limits:
        with connection.cursor() as cursor:
            for statement in drop_trigger_sql(connection.vendor, PolicySnapshot._meta.db_table):
                cursor.execute(statement)
            for row in PolicySnapshot.objects.all():
                changed = json.dumps({**row.document, **limits})
                cursor.execute(
                    "UPDATE trading_policysnapshot SET document = %s WHERE id = %s", [changed, row.pk]
                )
    (check,) = registered(only=("I-50",))
    return check.check()


def books(account: PropAccount, *, cash: int) -> None:
    """Make the ledger say that the last fill left so many micro-dollars of cash."""
    row = LedgerEntry.objects.filter(account=account, book="cash").latest("sequence")
    with connection.cursor() as cursor:
        for statement in drop_trigger_sql(connection.vendor, LedgerEntry._meta.db_table):
            cursor.execute(statement)
        cursor.execute(
            "UPDATE trading_ledgerentry SET balance_after_micros = %s WHERE id = %s", [cash, row.pk]
        )


def test_a_net_exposure_beyond_the_limit_is_named_and_one_at_the_limit_is_not(account: PropAccount) -> None:
    net = 150_000 * world.DOLLAR
    assert found(max_net_exposure_micros=net) == []
    (line,) = found(max_net_exposure_micros=net - 1)
    assert line == (
        f"account {account.pk} fill 1/0 BTC: a net exposure of {net} micro-dollars, allowed {net - 1}"
    )


def test_shorts_lower_the_net_exposure_and_not_the_exposure(account: PropAccount) -> None:
    lines = found(max_net_exposure_micros=89_999 * world.DOLLAR)
    assert [line.split(":")[0].split(maxsplit=3)[3] for line in lines] == ["1/0 BTC", "2/0 ETH"]
    assert f"a net exposure of {90_000 * world.DOLLAR} " in lines[1]
    lines = found(max_net_exposure_micros=10**15, max_exposure_micros=209_999 * world.DOLLAR)
    assert len(lines) == 1 and f"2/0 ETH: an exposure of {210_000 * world.DOLLAR} " in lines[0]


def test_a_net_short_counts_as_much_as_a_net_long() -> None:
    world.put_quote(dollars=100)
    account = world.make_account(**ROOMY)
    trade(account, "BTC", 80_000, side=-1, now=world.NOW)
    assert found(max_net_exposure_micros=80_000 * world.DOLLAR) == []
    assert "a net exposure of" in found(max_net_exposure_micros=80_000 * world.DOLLAR - 1)[0]


def test_an_exposure_that_equity_does_not_carry_is_named(account: PropAccount) -> None:
    assert found(max_account_leverage=3) == []
    lines = found(max_account_leverage=2)
    assert len(lines) == 1 and "2/0 ETH: an exposure that needs an equity of" in lines[0]
    assert f"needs an equity of {105_000 * world.DOLLAR}, there are" in lines[0]
    assert len(found(max_account_leverage=1)) == 2


def test_equity_is_the_ledgers_cash_after_the_fill_with_the_profit_of_that_moment(
    account: PropAccount,
) -> None:
    profit = sum(
        fill.side * (fill.mid_micros * fill.size_lots // 10_000 - fill.notional_micros)
        for fill in Fill.objects.all()
    )
    assert profit < 0
    cash = 70_000 * world.DOLLAR - profit
    books(account, cash=cash)
    assert found(max_account_leverage=3) == []
    books(account, cash=cash - 1)
    (line,) = found()
    assert f"needs an equity of {70_000 * world.DOLLAR}, there are {70_000 * world.DOLLAR - 1}" in line


def test_only_what_every_mark_breaks_that_the_gate_can_have_seen_is_named(account: PropAccount) -> None:
    limit = 89_000 * world.DOLLAR  # $150,000 of BTC less $60,000 of ETH were 90,000
    assert len(found(max_net_exposure_micros=limit)) == 2
    world.put_quote(dollars=99, at=LATER - timedelta(seconds=5))
    (line,) = found()
    assert "1/0 BTC" in line


def test_an_account_that_one_of_those_marks_would_have_carried_is_not_named(account: PropAccount) -> None:
    assert len(found(max_account_leverage=2)) == 1
    world.put_quote(dollars=110, at=LATER - timedelta(seconds=5))
    assert found() == []


def test_an_account_whose_other_marks_may_be_thinned_is_judged_by_what_is_left(account: PropAccount) -> None:
    limits = {"max_net_exposure_micros": 89_000 * world.DOLLAR}
    assert len(found(**limits)) == 2
    world.put_quote("SOL", dollars=1, at=LATER + timedelta(days=3))
    (line,) = found()
    assert "1/0 BTC" in line
    assert "2/0 ETH: an exposure of" in found(max_exposure_micros=59_999 * world.DOLLAR)[1]
