"""Figures that pages show: the deepest fall of an account, and denials since a moment."""

import pytest

from apps.exchange import performance
from apps.trading import queries
from apps.trading.models import AccountSnapshot
from apps.trading.services import execution, marking
from tests.trading import world

pytestmark = pytest.mark.django_db


def test_the_deepest_fall_stays_after_the_equity_came_back() -> None:
    account = world.make_account()
    world.put_quote(dollars=100)
    execution.execute_action(action=world.propose_action(account, size_lots=1_000_000), now=world.NOW)
    for minute, dollars in enumerate((102, 99, 101, 104), start=1):
        world.put_quote(dollars=dollars, at=world.NOW + minute * world.MINUTE)
        marking.mark_open_accounts(now=world.NOW + minute * world.MINUTE)
    row = queries.leaderboard_rows([account.pk])[0]
    marks = list(AccountSnapshot.objects.order_by("at").values_list("equity_micros", flat=True))
    assert row.equity_micros == max(marks), "the account should stand at its peak again"
    assert row.max_drawdown_bps == performance.summary([world.START, *marks]).max_drawdown_bps > 0
    assert queries.account_result(account).max_drawdown_bps == row.max_drawdown_bps


def test_denials_are_counted_by_the_moment_of_their_verdict() -> None:
    account = world.make_account(max_leverage=2)
    world.put_quote(dollars=100)
    execution.execute_action(action=world.propose_action(account, leverage=5), now=world.NOW)
    assert queries.denials_by_reason(since=world.NOW) == {"LEVERAGE_ABOVE_POLICY": 1}
    assert queries.count_verdicts(since=world.NOW)["denied"] == 1
    later = world.NOW + world.MINUTE
    assert queries.denials_by_reason(since=later) == {}
    assert queries.count_verdicts(since=later)["denied"] == 0
