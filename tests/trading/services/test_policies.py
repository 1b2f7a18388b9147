"""Moving an account to another policy: on the record, nothing overwritten, positions left where they are."""

from typing import Any

import pytest

from apps.core.errors import Conflict, InvalidInput
from apps.operations.models import AuditEvent
from apps.trading.models import ActionVerdict, PolicySnapshot, Position, PropAccount
from apps.trading.queries.records import list_policies
from apps.trading.services import accounts, execution
from apps.trading.services.policies import move_policy
from tests.contenders import RACE, crowd
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> PropAccount:
    world.put_quote(dollars=100)
    return world.make_account()


def move(account: PropAccount, *, sequence: int = 1, **changes: Any) -> PropAccount:
    return move_policy(
        account=account,
        policy=world.policy(**changes),
        from_sequence=sequence,
        reason="calmer",
        by=world.BY,
        now=world.NOW + world.MINUTE,
    )


def verdict(account: PropAccount, kind: str = "open", **fields: Any) -> str:
    """What became of an action that the account's clone proposes now."""
    execution.execute_action(action=world.propose_action(account, kind, **fields), now=world.NOW)
    return ActionVerdict.objects.latest("id").status


def test_every_policy_stays_pinned_and_the_audit_row_tells_the_difference(account: PropAccount) -> None:
    moved = move(account, max_leverage=3)
    assert (moved.policy_sequence, moved.policy["max_leverage"]) == (2, 3)
    assert [row.sequence for row in list_policies(account)] == [2, 1]
    assert [row.document["max_leverage"] for row in PolicySnapshot.objects.order_by("sequence")] == [20, 3]
    event = AuditEvent.objects.get(verb="trading.account.policy-moved")
    assert event.detail == {"sequence": 2, "changes": {"max_leverage": [20, 3]}}
    assert event.reason == PolicySnapshot.objects.latest("id").reason == "calmer"


def test_nobody_overwrites_a_policy_that_they_have_not_seen(account: PropAccount) -> None:
    move(account, max_leverage=3)
    with pytest.raises(Conflict) as caught:
        move(account, max_leverage=5)
    assert caught.value.code == "STATE_CHANGED" and PolicySnapshot.objects.count() == 2
    assert move(account, sequence=2, max_leverage=5).policy_sequence == 3


def test_the_same_policy_a_bad_one_and_a_closed_account_change_nothing(account: PropAccount) -> None:
    with pytest.raises(InvalidInput) as caught:
        move(account)
    assert caught.value.code == "POLICY_UNCHANGED"
    for bad in ({"max_leverage": 0}, {"max_leverage": "3"}, {"no_such_rule": 1}, {"taker_fee_rate_e10": 0}):
        with pytest.raises(InvalidInput):
            move_policy(account=account, policy=bad, from_sequence=1, reason="x", by=world.BY, now=world.NOW)
    accounts.close_account(account=account, reason="end", by=world.BY, now=world.NOW)
    with pytest.raises(Conflict):
        move(account, max_leverage=3)
    assert PolicySnapshot.objects.count() == 1
    assert not AuditEvent.objects.filter(verb="trading.account.policy-moved").exists()


@pytest.mark.parametrize(
    "rule",
    [
        {"allowed_symbols": ("ETH",)},
        {"max_position_micros": 1_000 * world.DOLLAR},
        {"max_exposure_micros": 1_000 * world.DOLLAR, "max_net_exposure_micros": 1_000 * world.DOLLAR},
        {"max_leverage": 1},
        {"max_account_leverage": 1, "max_open_positions": 1, "max_leverage": 1},
    ],
    ids=lambda rule: next(iter(rule)),
)
def test_a_position_beyond_the_new_policy_stays_and_may_only_shrink(
    account: PropAccount, rule: dict[str, Any]
) -> None:
    assert verdict(account) == "executed"
    held = Position.objects.get().size_lots
    move(account, **rule)
    assert Position.objects.get().size_lots == held
    assert verdict(account) == "denied" and Position.objects.get().size_lots == held
    assert verdict(account, "reduce", size_lots=held // 2) == "executed"
    assert verdict(account, "close") == "executed"
    assert Position.objects.get().size_lots == 0
    assert ActionVerdict.objects.filter(status="denied").count() == 1


def ask(account: PropAccount, document: dict[str, Any]) -> PropAccount:
    return move_policy(
        account=account, policy=document, from_sequence=1, reason="x", by=world.BY, now=world.NOW
    )


def test_what_is_left_out_stays_as_it_was_in_force() -> None:
    account = world.make_account(max_drawdown_bps=1_600)
    moved = ask(account, {"max_leverage": 5})
    assert moved.policy == world.policy(max_drawdown_bps=1_600, max_leverage=5).to_document()
    [event] = AuditEvent.objects.filter(verb="trading.account.policy-moved")
    assert event.detail["changes"] == {"max_leverage": [20, 5]}


def test_no_policy_takes_every_asset_away(account: PropAccount) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(account, {"allowed_symbols": []})
    assert caught.value.code == "POLICY_WITHOUT_ASSETS" and PolicySnapshot.objects.count() == 1
    PropAccount.objects.update(policy=world.policy(allowed_symbols=()).to_document())
    assert ask(account, {"allowed_symbols": [], "max_leverage": 5}).policy["allowed_symbols"] == []


def test_a_policy_that_cannot_be_read_is_replaced_by_a_whole_one_alone(account: PropAccount) -> None:
    PropAccount.objects.update(policy={"max_leverage": 0})
    with pytest.raises(InvalidInput) as caught:
        ask(account, {"max_leverage": 5})
    assert caught.value.code == "POLICY_INCOMPLETE" and "max_drawdown_bps" in caught.value.detail
    assert ask(account, world.policy().to_document()).policy_sequence == 2


class TestRaces:
    """Several operators at once, on PostgreSQL."""

    pytestmark = RACE

    def test_of_six_who_move_it_at_once_one_does(self) -> None:
        account = world.make_account()
        got = crowd(6, lambda number: move(account, max_leverage=number + 1).policy_sequence)
        assert sorted(got, key=str) == [2] + ["STATE_CHANGED"] * 5
        assert PolicySnapshot.objects.count() == 2
