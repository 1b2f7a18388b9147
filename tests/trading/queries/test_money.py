"""Where the money went: the parts add up exactly to the profit, whatever happened."""

import random
from datetime import timedelta
from typing import Any

import pytest

from apps.operations.types import Actor
from apps.trading import queries
from apps.trading.models import Fill, Position
from apps.trading.queries import MoneyParts
from apps.trading.services import execution, marking
from apps.trading.services.accounts import adjust_cash
from tests.trading import world

pytestmark = pytest.mark.django_db
ROOMY = {"max_position_micros": 10**13, "max_exposure_micros": 10**13, "max_drawdown_bps": 9_999}


def act(account: Any, kind: str, *, now: Any, **fields: Any) -> None:
    execution.execute_action(action=world.propose_action(account, kind, now=now, **fields), now=now)


def check(account: Any) -> Any:
    """The story, after every identity that it promises."""
    account.refresh_from_db()
    story = queries.money_story(account)
    assert story.start_micros + story.parts.profit == story.equity_micros
    assert story.cash_micros == account.cash_micros
    assert story.cash_micros + story.unrealized_micros == story.equity_micros
    parts = story.parts
    assert parts.price_moves == (
        story.realized_micros + story.unrealized_micros - parts.half_spread - parts.walk
    )
    for name in MoneyParts.__dataclass_fields__:
        assert getattr(parts, name) == sum(getattr(one.parts, name) for one in story.assets)
    assert parts.fees == -account.fees_micros and parts.funding == -account.funding_micros
    return story


def test_nothing_happened(db: None) -> None:
    story = check(world.make_account())
    assert story.parts == MoneyParts()
    assert story.equity_micros == world.START
    assert story.assets == ()


def test_a_round_trip_at_one_price_costs_spread_walk_and_fees(db: None) -> None:
    account = world.make_account()
    world.put_quote(dollars=100)
    act(account, "open", now=world.NOW, size_lots=1_000_000)
    act(account, "close", now=world.NOW)
    story = check(account)
    assert story.parts.price_moves == 0
    assert story.parts.fees < 0 and story.parts.half_spread + story.parts.walk < 0
    assert story.fill_count == 2


def test_a_position_opened_since_the_last_valuation_counts_at_its_mid(db: None) -> None:
    account = world.make_account()
    world.put_quote(dollars=100)
    act(account, "open", now=world.NOW, size_lots=1_000_000)
    story = check(account)
    assert story.parts.price_moves == 0
    assert story.unrealized_micros == story.parts.half_spread + story.parts.walk < 0


def test_a_correction_stands_apart_from_the_assets(db: None) -> None:
    account = world.make_account()
    adjust_cash(
        account=account,
        amount_micros=-7,
        reference="late",
        reason="A late fee.",
        by=world.BY,
        approved_by=Actor.system("tests.second"),
        now=world.NOW,
    )
    story = check(account)
    assert [(one.symbol, one.parts) for one in story.assets] == [("", MoneyParts(adjustments=-7))]


@pytest.mark.parametrize("seed", range(12))
def test_the_parts_add_up_on_random_histories(db: None, seed: int) -> None:
    dice = random.Random(seed)
    account = world.make_account(world.make_clone(assets=("BTC", "ETH")), **ROOMY)
    now, prices = world.NOW, {"BTC": 200, "ETH": 90}
    for _ in range(40):
        now += timedelta(minutes=dice.choice((1, 7, 31)))
        for symbol, price in prices.items():
            prices[symbol] = max(5, price + dice.randint(-6, 6))
            rate = dice.choice((-2_000_000, 0, 1_234_567))
            world.put_quote(symbol, dollars=prices[symbol], at=now, rate_e10=rate)
        symbol = dice.choice(sorted(prices))
        kind = dice.choice(("open", "open", "flip", "reduce", "close"))
        fields: dict[str, Any] = {"symbol": symbol, "side": dice.choice((1, -1))}
        if kind in ("open", "flip"):
            fields |= {"notional_micros": dice.randint(20, 30_000) * world.DOLLAR, "leverage": 10}
        if kind == "reduce":
            fields["size_lots"] = dice.randint(1, 400_000)
        act(account, kind, now=now, **fields)
        if dice.random() < 0.6:
            marking.mark_open_accounts(now=now)
            story = check(account)
            assert story.equity_micros == account.equity_micros
    story = check(account)
    assert story.fill_count == Fill.objects.filter(account=account).count() > 5
    assert story.parts.funding != 0
    open_now = {row.symbol: row for row in Position.objects.filter(account=account).exclude(size_lots=0)}
    for one in story.assets:
        if one.symbol not in open_now:
            assert one.unrealized_micros == 0


def test_the_story_of_a_long_life_takes_few_queries(db: None, django_assert_num_queries: Any) -> None:
    account = world.make_account()
    for minute in range(1, 9):
        at = world.NOW + minute * world.MINUTE
        world.put_quote(dollars=100 + minute, at=at)
        act(account, "open" if minute % 2 else "close", now=at)
        marking.mark_open_accounts(now=at)
    account.refresh_from_db()
    with django_assert_num_queries(5):
        queries.money_story(account)
