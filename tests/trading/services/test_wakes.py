"""Early decisions: what wakes a prompt, what keeps it asleep, and how often it may be woken."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.clones import services as clone_services
from apps.clones.graph.basic import basic
from apps.core.moments import to_ms
from apps.decisions.services.archive import archive_payloads
from apps.decisions.services.sweep import sweep_stuck_runs
from apps.decisions.services.verify import broken_chains
from apps.operations import queue
from apps.operations.cadence import registry as cadences
from apps.trading.models import PropAccount
from apps.trading.services import cycle, execution, schedule, wakes
from tests.trading import world

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
LATER = world.NOW + 10 * world.MINUTE


def waking_clone(
    name: str = "Ada", *, cadence: int = 60, assets: tuple[str, ...] = ("BTC",), **asked: Any
) -> Any:
    """A clone whose one prompt decides every hour and asks to be woken; of the pro tier."""
    clone = world.make_clone(name, assets=assets)
    clone_services.grant_entitlement(
        clone=clone,
        tier="pro",
        model_strength="light",
        is_mock=True,
        source=f"mock:{name}",
        by=world.BY,
        now=world.NOW,
    )
    document = basic(assets=list(assets), cadence_minutes=cadence, **asked)
    clone_services.save_draft(clone=clone, document=document, by=world.BY, now=world.NOW)
    clone_services.publish(clone=clone, by=world.BY, now=world.NOW)
    return clone


def decided(account: Any, *, at: datetime = world.NOW) -> Any:
    """The account after its decision on time at `at`, at a price of $160."""
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=at, now=at)
    return account


def runs() -> Any:
    return registry.get_model("decisions.DecisionRun").objects.order_by("id")


def early() -> list[Any]:
    return list(runs().exclude(wake_cause=""))


@pytest.fixture
def account() -> Any:
    """An account that decided at noon and is to be woken by a move of 3 % or an exit."""
    world.put_candles(end=world.NOW, count=60)
    world.put_quote(dollars=160)
    return decided(world.make_account(waking_clone(wake_price_move_bps=300, wake_stop_hit=True)))


def work(monkeypatch: pytest.MonkeyPatch, *, now: datetime) -> None:
    """Let the queue run at a moment."""
    monkeypatch.setattr("apps.operations.clock.now", lambda: now)
    queue.drain()


def test_a_price_that_moved_far_enough_wakes_the_prompt_once(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = LATER + timedelta(milliseconds=2_700)
    world.put_quote(dollars=165, at=moved)
    tick = LATER + 5 * SECOND
    assert wakes.wake_early(now=tick).done == 1
    assert wakes.wake_early(now=tick + 10 * SECOND).done == 0, "its run is under way"
    (run,) = early()
    assert (run.wake_cause, run.status, run.slot_at) == ("price_move", "queued", LATER + 2 * SECOND)
    work(monkeypatch, now=tick + SECOND)
    run.refresh_from_db()
    assert (run.status, run.context["quote"]["mark_micros"]) == ("completed", 165 * world.DOLLAR)
    assert list(broken_chains(subject=account.public_id)) == []
    assert wakes.wake_early(now=tick + 20 * SECOND).done == 0, "the decision has seen that price"


@pytest.mark.parametrize(("dollars", "woken"), [(164, 0), (165, 1), (155, 1), (156, 0)])
def test_the_move_is_measured_against_what_the_last_decision_saw(
    account: Any, dollars: int, woken: int
) -> None:
    world.put_quote(dollars=dollars, at=LATER)
    assert wakes.wake_early(now=LATER + SECOND).done == woken


def test_what_happened_long_ago_wakes_nobody(account: Any) -> None:
    world.put_quote(dollars=190, at=LATER)
    assert wakes.wake_early(now=LATER + 61 * SECOND).done == 0
    assert wakes.wake_early(now=LATER + 60 * SECOND).done == 1


@pytest.mark.parametrize(("before", "woken"), [(29, 0), (30, 0), (31, 1)])
def test_a_decision_on_time_that_is_near_makes_an_early_one_needless(
    account: Any, before: int, woken: int
) -> None:
    now = world.NOW + HOUR - before * SECOND
    world.put_quote(dollars=190, at=now - SECOND)
    assert wakes.wake_early(now=now).done == woken


def test_a_decision_on_time_that_has_just_fallen_due_goes_first(account: Any) -> None:
    now = world.NOW + HOUR + 10 * SECOND
    world.put_quote(dollars=190, at=now)
    assert wakes.wake_early(now=now).done == 0
    decided(account, at=world.NOW + HOUR)
    assert wakes.wake_early(now=now).done == 0 and early() == []


def test_at_most_one_in_a_quarter_of_the_cadence(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = {0: 190, 14: 160, 15: 130}
    done = {}
    for minute, dollars in prices.items():
        now = LATER + minute * world.MINUTE
        world.put_quote(dollars=dollars, at=now)
        done[minute] = wakes.wake_early(now=now).done
        work(monkeypatch, now=now)
    assert done == {0: 1, 14: 0, 15: 1}


def test_at_most_so_many_a_day_for_an_account(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakes, "MOST_A_DAY", 2)
    done = []
    for number in range(4):
        now = LATER + number * HOUR / 2
        world.put_quote(dollars=(190, 130)[number % 2], at=now)
        slot_at = now - (now - world.NOW) % HOUR
        if not runs().filter(slot_at=slot_at).exists():
            decided(account, at=slot_at)
        done.append(wakes.wake_early(now=now).done)
        work(monkeypatch, now=now)
    assert (done, len(early())) == ([1, 1, 0, 0], 2)


def test_an_exit_that_fired_wakes_its_account_and_no_other(account: Any) -> None:
    other = decided(world.make_account(waking_clone("Bea", wake_stop_hit=True)))
    registry.get_model("trading.Order").objects.create(
        account=account,
        sequence=77,
        cause="stop",
        asset=world.make_asset(),
        symbol="BTC",
        side=-1,
        size_lots=1,
        placed_at=LATER,
    )
    assert wakes.wake_early(now=LATER + SECOND).done == 1
    (run,) = early()
    assert (run.subject, run.wake_cause, run.slot_at) == (account.public_id, "stop_hit", LATER)
    assert run.subject != other.public_id


def test_an_order_of_a_decision_is_no_exit(account: Any) -> None:
    assert execution.execute_pending(now=world.NOW).done == 1
    world.put_quote(dollars=160, at=world.NOW + SECOND)
    assert wakes.wake_early(now=world.NOW + 35 * SECOND).done == 0


def link(symbol: str, *, at: datetime, market_id: str = "m1", withdrawn_at: datetime | None = None) -> None:
    """A prediction market that is about the asset from `at` on."""
    market, _ = registry.get_model("market.PredictionMarket").objects.get_or_create(
        market_id=market_id, defaults={"slug": market_id, "source": "synthetic", "knowable_at": at}
    )
    registry.get_model("market.PredictionLink").objects.create(
        market=market,
        asset=world.make_asset(symbol),
        method="ticker",
        confidence_bps=9_000,
        knowable_at=at,
        withdrawn_at=withdrawn_at,
    )


def test_a_market_that_is_new_to_the_asset_wakes_the_prompt() -> None:
    world.put_candles()
    world.put_quote(dollars=160)
    decided(world.make_account(waking_clone(wake_new_market=True)))
    link("BTC", at=world.NOW - HOUR, market_id="old", withdrawn_at=world.NOW - HOUR / 2)
    link("BTC", at=LATER, market_id="old")
    link("ETH", at=LATER, market_id="other")
    assert wakes.wake_early(now=LATER + SECOND).done == 0
    link("BTC", at=LATER + SECOND)
    assert wakes.wake_early(now=LATER + 2 * SECOND).done == 1
    assert [run.wake_cause for run in early()] == ["new_market"]


@pytest.mark.parametrize("status", ["paused", "halted", "locked", "completed"])
def test_an_account_that_may_not_trade_is_let_sleep(account: Any, status: str) -> None:
    world.put_quote(dollars=190, at=LATER)
    PropAccount.objects.filter(pk=account.pk).update(status=status)
    assert wakes.wake_early(now=LATER).seen == 0 and early() == []


def test_a_prompt_that_never_decided_is_not_woken() -> None:
    world.make_account(waking_clone(wake_price_move_bps=50))
    world.put_quote(dollars=190, at=LATER)
    assert wakes.wake_early(now=LATER).done == 0


def test_where_nobody_asks_one_query_is_all(django_assert_num_queries: Any) -> None:
    world.put_candles()
    world.put_quote(dollars=160)
    decided(world.make_account())
    world.put_quote(dollars=300, at=LATER)
    with django_assert_num_queries(1):
        assert wakes.wake_early(now=LATER).seen == 0


def test_m11_fifty_accounts_cost_as_many_queries_as_one_and_none_reads_a_context(settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 50
    world.put_candles()
    world.put_quote(dollars=160)
    world.put_quote(dollars=161, at=LATER)
    costs = {}
    for place in range(1, 51):
        clone = waking_clone(
            f"Clone {place}", wake_price_move_bps=300, wake_stop_hit=True, wake_new_market=True
        )
        decided(world.make_account(clone))
        if place in (1, 2, 50):
            with CaptureQueriesContext(connection) as asked:
                assert wakes.wake_early(now=LATER).seen == place
            costs[place] = len(asked)
            said = " ".join(query["sql"] for query in asked)
            assert '"decisions_decisionrun"' in said
            assert '"decisions_decisionrun"."context"' not in said
    assert len(set(costs.values())) == 1, costs


def test_m11_a_price_that_was_seen_is_known_after_its_context_was_archived(account: Any) -> None:
    archive_payloads(now=LATER, after=timedelta())
    (run,) = runs()
    assert run.archived_at is not None and run.context == {}
    world.put_quote(dollars=190, at=LATER)
    assert wakes.wake_early(now=LATER).done == 1


def test_m11_what_was_seen_is_what_the_context_says(account: Any) -> None:
    (run,) = runs()
    assert to_ms(run.seen_at) == run.context["now_ms"]
    assert run.seen_mark_micros == run.context["quote"]["mark_micros"] == 160 * world.DOLLAR


def test_an_early_decision_leaves_the_cadence_where_it_was(account: Any) -> None:
    schedule.enqueue_due(now=world.NOW)
    account.refresh_from_db()
    due = account.next_decision_at
    world.put_quote(dollars=190, at=LATER)
    assert wakes.wake_early(now=LATER).done == 1
    account.refresh_from_db()
    assert account.next_decision_at == due == world.NOW + HOUR


def test_an_early_decision_that_nobody_made_in_time_is_swept(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_quote(dollars=190, at=LATER)
    wakes.wake_early(now=LATER)
    late = LATER + 3 * world.MINUTE
    sweep_stuck_runs(now=late, real_now=late)
    work(monkeypatch, now=late)
    (run,) = early()
    assert (run.status, run.error_code, run.actions.count()) == ("skipped", "SLOT_MISSED", 0)


def test_the_cause_is_under_the_seal(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put_quote(dollars=190, at=LATER)
    wakes.wake_early(now=LATER)
    work(monkeypatch, now=LATER)
    registry.get_model("decisions.DecisionRun").objects.exclude(wake_cause="").update(wake_cause="stop_hit")
    assert list(broken_chains(subject=account.public_id)) != []


def test_it_runs_by_itself() -> None:
    assert "trading.wake-early" in {one.name for one in cadences.all_cadences()}
