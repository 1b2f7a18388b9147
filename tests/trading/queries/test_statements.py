"""A statement: its figures are the kernel's, its mode the strictest, and it takes a fixed number of queries."""

from datetime import timedelta
from typing import Any

import pytest

from apps.trading import queries
from apps.trading.models import PropAccount, TradingHalt
from apps.trading.services import execution, marking
from apps.trading.services.accounts import pause_account
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> PropAccount:
    """Long BTC and short ETH, marked."""
    roomy = {"max_position_micros": 10**12, "max_exposure_micros": 10**12}
    account = world.make_account(world.make_clone(assets=("BTC", "ETH")), **roomy)
    for symbol, side in (("BTC", 1), ("ETH", -1)):
        world.put_quote(symbol, dollars=100)
        action = world.propose_action(
            account, symbol=symbol, side=side, notional_micros=90_000 * world.DOLLAR, leverage=2
        )
        execution.execute_action(action=action, now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    return queries.get_account(account.public_id)


def halt(scope: str, symbol: str, mode: str) -> TradingHalt:
    return TradingHalt.objects.create(
        scope=scope, symbol=symbol, mode=mode, reason="A test.", set_by="tests", set_at=world.NOW
    )


def test_the_sums_of_the_positions_are_the_accounts(account: PropAccount) -> None:
    statement = queries.account_statement(account, now=world.NOW)
    held = statement.positions
    assert [one.symbol for one in held] == ["BTC", "ETH"]
    assert sum(one.value_micros for one in held) == statement.exposure_micros > 0
    assert sum(one.unrealized_micros for one in held) == statement.unrealized_micros < 0
    assert sum(one.margin_micros for one in held) == statement.initial_micros
    assert sum(one.maintenance_micros for one in held) == statement.maintenance_micros
    assert (
        statement.equity_micros == account.equity_micros == account.cash_micros + statement.unrealized_micros
    )


def test_at_the_liquidation_price_nothing_is_left_above_maintenance(account: PropAccount) -> None:
    short = queries.account_statement(account, now=world.NOW).positions[1]
    assert short.liquidation_micros is not None and short.liquidation_micros > short.mark_micros
    rise = short.liquidation_micros - short.mark_micros
    lost = rise * abs(short.size_lots) // 10**short.size_decimals
    statement = queries.account_statement(account, now=world.NOW)
    long_needs = statement.positions[0].maintenance_micros
    value_then = short.liquidation_micros * abs(short.size_lots) // 10**short.size_decimals
    needs_then = value_then * short.maintenance_micros // short.value_micros + long_needs
    assert abs(statement.equity_micros - lost - needs_then) < world.DOLLAR


def test_the_strictest_mode_counts(account: PropAccount) -> None:
    def mode() -> str:
        return queries.account_statement(queries.get_account(account.public_id), now=world.NOW).mode

    assert mode() == "active"
    halt("asset", "DOGE", "halted")
    assert queries.account_statement(account, now=world.NOW).halts == ()
    halt("asset", "BTC", "halted")
    assert mode() == "active", "a switch over one asset is told, and leaves the others"
    everything = halt("everything", "", "reducing")
    assert mode() == "reducing"
    everything.lifted_at = world.NOW
    everything.save()
    pause_account(account=account, reason="A look at it.", by=world.BY, now=world.NOW)
    assert mode() == "halted"


def test_an_account_that_was_not_valued_for_long_is_stale(account: PropAccount) -> None:
    for minutes, stale in ((0, False), (2, False), (4, True)):
        now = world.NOW + timedelta(minutes=minutes)
        assert queries.account_statement(account, now=now).is_stale is stale


def test_an_asset_with_a_colon_in_its_name_is_named_whole(account: PropAccount) -> None:
    account.wait_reason = "xyz:GOLD: PRICE_STALE; BTC: PRICE_JUMP"
    waits = queries.waits_of(account)
    assert [(one.symbol, one.code) for one in waits] == [("xyz:GOLD", "PRICE_STALE"), ("BTC", "PRICE_JUMP")]


def test_the_number_of_queries_does_not_grow_with_the_positions(
    account: PropAccount, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        queries.account_statement(account, now=world.NOW)
