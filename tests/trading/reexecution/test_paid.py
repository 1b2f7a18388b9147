"""Decisions of a model, executed again, are identical, whatever was booked while it thought or was committed late."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from apps.decisions.adapters.model.stub import StubServer
from apps.decisions.services import asking, models
from apps.market.queries import MarketBoard
from apps.trading.models import LedgerEntry, Order
from apps.trading.queries import truth
from apps.trading.services import execution, marking, policies
from apps.trading.services.reexecution import reexecute
from tests.decisions.models.world import route
from tests.trading import world
from tests.trading.reexecution.paid import (
    COINS,
    IDENTICAL,
    STEP,
    THOUGHT,
    SlowModel,
    asked_again,
    assert_identical,
    decide,
    make_account,
    put_prices,
    step,
    traded,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = world.NOW + timedelta(hours=1)


@pytest.fixture
def slow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> SlowModel:
    """A model that thinks for twenty seconds about every asset."""
    return SlowModel(settings, monkeypatch)


@pytest.mark.django_db(transaction=True)
def test_a_life_of_two_assets_over_the_practice_provider_is_identical(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = StubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        SlowModel(settings, monkeypatch)
        settings.DECISION_MODELS = {"light": (route(base_url=server.url),)}
        monkeypatch.setattr(asking, "ask_model", models.ask_model)
        account = make_account()
        at = traded(account, 5)
    finally:
        server.stop()
        thread.join()
    assert server.questions == 5 * len(COINS) and Order.objects.count() > 2
    found = asked_again(account, at)
    assert_identical(found)
    names = {one.name for each in found for one in each.steps}
    assert {"record", "chain", "context", "market", "account", "limits", "prompt", "answer"} <= names


def test_what_is_filled_and_funded_while_it_thinks_is_seen_by_the_next_asset(slow: SlowModel) -> None:
    account = make_account()
    at = traded(account, 11)
    put_prices(at, 250)
    decide(account, at)  # not executed yet
    put_prices(HOUR, 251)
    before = Order.objects.count()

    def book() -> None:
        assert marking.mark_open_accounts(now=HOUR + 5 * SECOND).failed == 0
        execution.execute_pending(now=HOUR + 8 * SECOND)

    slow.next(book)
    first, second = decide(account, HOUR)
    assert Order.objects.count() > before and LedgerEntry.objects.filter(kind="funding").exists()
    assert second.context["now_ms"] - first.context["now_ms"] == THOUGHT // timedelta(milliseconds=1)
    assert second.context["truth"]["fills"] != first.context["truth"]["fills"]
    assert (
        second.context["truth"]["funding_paid_micros"] != first.context["truth"]["funding_paid_micros"] == 0
    )
    assert all(second.read_from[name] > first.read_from[name] for name in ("ledger", "orders"))
    assert_identical(asked_again(account, HOUR + STEP))
    assert reexecute(second, now=HOUR + STEP).first_difference is None


def test_a_database_that_sorts_by_its_own_language_makes_no_difference(
    slow: SlowModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    positions, standing = truth.list_positions, truth.list_standing
    monkeypatch.setattr(truth, "list_positions", lambda account: positions(account).reverse())
    monkeypatch.setattr(truth, "list_standing", lambda account: standing(account).reverse())
    account = make_account()
    put_prices(world.NOW, 160)
    levels = {"stop_micros": 90 * world.DOLLAR, "target_micros": 900 * world.DOLLAR}
    for coin in reversed(COINS):
        action = world.propose_action(account, symbol=coin, **levels)
        execution.execute_action(action=action, now=world.NOW)
    at = world.NOW + STEP
    put_prices(at, 170)
    first, _ = decide(account, at)
    told = first.context["truth"]
    assert [row["symbol"] for row in told["positions"]] == list(COINS)
    assert [(row["symbol"], row["kind"]) for row in told["exits"]] == [
        (coin, kind) for coin in COINS for kind in ("stop", "target")
    ]
    assert step(first, "account", at).status == IDENTICAL


@pytest.mark.parametrize("engine", ["model", "rules"])
def test_funding_that_is_dated_before_a_decision_and_committed_after_it(slow: SlowModel, engine: str) -> None:
    account = make_account(engine)
    traded(account, 12)
    put_prices(HOUR, 160)
    runs = decide(account, HOUR, board=MarketBoard(HOUR + 5 * SECOND))
    assert marking.mark_open_accounts(now=HOUR).failed == 0
    funded = LedgerEntry.objects.filter(account=account, kind="funding").first()
    assert funded is not None and funded.at < HOUR + 5 * SECOND
    assert funded.sequence > runs[0].read_from["ledger"]
    assert_identical(asked_again(account, HOUR + STEP))


@pytest.mark.parametrize("engine", ["model", "rules"])
@pytest.mark.parametrize("dated", [-2 * SECOND, 0 * SECOND, SECOND])
def test_a_policy_that_moves_before_or_after_it_was_read(
    slow: SlowModel, engine: str, dated: timedelta
) -> None:
    account = make_account(engine)
    at = traded(account, 2)
    put_prices(at, 170)
    account.refresh_from_db()

    def move() -> None:
        policies.move_policy(
            account=account,
            policy={"max_leverage": 3},
            from_sequence=1,
            reason="careful",
            by=world.BY,
            now=at + dated,
        )

    if dated > 0 * SECOND:
        move()  # read with the policy that is dated after the board
        runs = decide(account, at)
        assert {run.context["limits"]["max_leverage"] for run in runs} == {3}
    else:
        runs = decide(account, at)
        move()  # committed after it was read, and dated before
        assert {run.context["limits"]["max_leverage"] for run in runs} == {20}
    assert_identical(asked_again(account, at + STEP))


@pytest.mark.parametrize("engine", ["model", "rules"])
def test_orders_that_are_dated_after_the_board_and_were_read(slow: SlowModel, engine: str) -> None:
    account = make_account(engine)
    traded(account, 2)
    at = world.NOW + 2 * STEP
    put_prices(at, 120)
    decide(account, at)
    later = at + STEP
    put_prices(later, 118)
    execution.execute_pending(now=later + SECOND)
    runs = decide(account, later)
    assert runs[0].read_from["orders"] == Order.objects.count() > 2
    assert_identical(asked_again(account, later + STEP))
