"""Kill switches: one a scope, replaced without a gap, lifted once, and all on record."""

import time
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import DomainError, IllegalTransition
from apps.exchange.types import TradingMode
from apps.operations.models import AuditEvent
from apps.trading.models import ActionVerdict, Order, TradingHalt
from apps.trading.queries.halts import effective_modes
from apps.trading.queries.records import count_standing, list_switches
from apps.trading.services import execution, halts
from tests.contenders import RACE, crowd, together
from tests.trading import world

pytestmark = pytest.mark.django_db


def switch(**changes: Any) -> TradingHalt:
    values = {
        "scope": "everything",
        "mode": "halted",
        "reason": "a bad feed",
        "by": world.BY,
        "now": world.NOW,
    }
    return halts.set_halt(**{**values, **changes})


def test_a_switch_holds_from_its_setting_to_its_lifting() -> None:
    world.make_asset("BTC")
    halt = switch(scope="asset", symbol="BTC", mode="reducing")
    assert effective_modes(["BTC", "ETH"]) == {"BTC": TradingMode.REDUCING, "ETH": TradingMode.ACTIVE}
    everything = switch()
    assert set(effective_modes(["BTC", "ETH"]).values()) == {TradingMode.HALTED}
    halts.lift_halt(halt=everything, reason="it is over", by=world.BY, now=world.NOW + world.MINUTE)
    assert effective_modes(["BTC"]) == {"BTC": TradingMode.REDUCING}
    assert list(list_switches()) == [halt, everything] and count_standing() == 1
    verbs = AuditEvent.objects.order_by("id").values_list("verb", "reason")
    assert list(verbs) == [
        ("trading.halt.set", "a bad feed"),
        ("trading.halt.set", "a bad feed"),
        ("trading.halt.lifted", "it is over"),
    ]


def test_the_other_mode_replaces_a_switch_and_the_same_one_is_refused() -> None:
    first = switch(mode="reducing")
    with pytest.raises(halts.AlreadyHalted):
        switch(mode="reducing")
    second = switch(mode="halted")
    first.refresh_from_db()
    assert first.lifted_at == second.set_at and "Replaced" in first.lifted_reason
    assert effective_modes(["BTC"]) == {"BTC": TradingMode.HALTED}


def test_a_switch_is_lifted_once() -> None:
    halt = switch()
    halts.lift_halt(halt=halt, reason="over", by=world.BY, now=world.NOW)
    with pytest.raises(IllegalTransition):
        halts.lift_halt(halt=halt, reason="over", by=world.BY, now=world.NOW)
    assert AuditEvent.objects.filter(verb="trading.halt.lifted").count() == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"scope": "account"},
        {"mode": "active"},
        {"symbol": "BTC"},
        {"scope": "asset", "symbol": ""},
        {"scope": "asset", "symbol": "NOPE"},
        {"reason": "  "},
    ],
)
def test_nonsense_sets_nothing(bad: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        switch(**bad)
    assert not TradingHalt.objects.exists() and not AuditEvent.objects.exists()


def test_lifting_needs_a_reason() -> None:
    halt = switch()
    with pytest.raises(DomainError):
        halts.lift_halt(halt=halt, reason=" ", by=world.BY, now=world.NOW)
    assert count_standing() == 1


def test_the_database_keeps_one_switch_a_scope() -> None:
    switch()
    with pytest.raises(IntegrityError), transaction.atomic():
        TradingHalt.objects.create(
            scope="everything", mode="reducing", reason="x", set_by="x", set_at=world.NOW
        )


class TestRaces:
    """Several operators at once, on PostgreSQL."""

    pytestmark = RACE

    def test_of_six_who_set_the_same_switch_one_does(self) -> None:
        got = crowd(6, lambda _: switch().mode)
        assert sorted(got) == ["ALREADY_HALTED"] * 5 + ["halted"]
        assert TradingHalt.objects.count() == 1

    def test_no_fill_follows_a_switch(self) -> None:
        world.put_quote(dollars=100)
        clones = [world.make_clone(f"Trader {number}{number}") for number in range(3)]
        actions = {
            clone.pk: [world.propose_action(account) for _ in range(4)]
            for clone in clones
            for account in [world.make_account(clone)]
        }

        def trade(key: int) -> None:
            for action in actions[key]:
                execution.execute_action(action=action, now=world.NOW)

        def stop() -> int:
            while not Order.objects.exists():
                time.sleep(0.002)
            switch()
            return Order.objects.count()

        *_, filled = together(*(partial(trade, key) for key in actions), stop)
        assert 0 < filled == Order.objects.count() == ActionVerdict.objects.filter(status="executed").count()
        denied = ActionVerdict.objects.filter(reason_code="TRADING_HALTED").count()
        assert denied == 12 - filled
