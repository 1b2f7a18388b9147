"""What an account had done up to one of its marks, whatever it did later."""

import pytest

from apps.trading import queries
from apps.trading.queries import results
from apps.trading.services import accounts, execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db


def test_the_last_mark_says_what_the_account_says_now_and_goes_on_saying_it() -> None:
    account = world.make_account()
    world.put_quote(dollars=100)
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    later = world.NOW + world.MINUTE
    world.put_quote(dollars=103, at=later)
    marking.mark_open_accounts(now=later, account_ids=[account.pk])

    now = queries.account_result(account)
    then = results.result_at(account, later)
    assert then.profit_by_symbol == now.profit_by_symbol and now.profit_by_symbol["BTC"] > 0
    assert (then.executed_orders, now.executed_orders) == (1, 1)

    account.refresh_from_db()
    end = later + world.MINUTE
    world.put_quote(dollars=50, at=end)
    execution.execute_action(action=world.propose_action(account, now=end), now=end)
    accounts.close_account(account=account, reason="the end", by=world.BY, now=end)
    assert results.result_at(account, later) == then
    assert results.result_at(account, end).executed_orders == queries.account_result(account).executed_orders
    assert results.result_at(account, end).profit_by_symbol["BTC"] < 0


def test_orders_count_from_their_own_time_and_nothing_is_known_before_the_first_mark() -> None:
    account = world.make_account()
    world.put_quote(dollars=100)
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    assert results.executed_at(account, 1) == world.NOW
    assert results.executed_at(account, 2) is None
    assert results.result_at(account, world.NOW - world.MINUTE) == (0, {})
