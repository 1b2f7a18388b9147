"""An account whose stored policy cannot be read: told, kept apart from the others, and mended by an operator."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import Conflict
from apps.operations.models import AuditEvent
from apps.trading.models import ActionVerdict, PolicySnapshot, Position, PropAccount
from apps.trading.services import accounts, execution, policies
from tests.trading import world
from tests.trading.prices import carry_out

pytestmark = pytest.mark.django_db
LATER = world.NOW + timedelta(hours=1)


@pytest.fixture(params=[{"nonsense": 1}, [1]], ids=["unknown", "no-object"])
def spoiled(request: pytest.FixtureRequest) -> Any:
    """An account with a position, over an hour that owes funding, and a policy that is none."""
    world.put_quote(dollars=100)
    account = world.make_account()
    carry_out(account)
    PropAccount.objects.filter(pk=account.pk).update(policy=request.param)
    world.put_quote(dollars=100, at=LATER)
    account.refresh_from_db()
    return account


def test_its_actions_are_denied_and_told_and_the_others_of_the_group_are_done(spoiled: Any) -> None:
    other = world.make_account(spoiled.clone)
    broken = world.propose_action(spoiled, "close", now=LATER)
    good = world.propose_action(other, now=LATER)
    report = execution.execute_pending(now=LATER)
    assert (report.failed, ActionVerdict.objects.count()) == (0, 3)
    assert ActionVerdict.objects.get(action=good).status == "executed"
    denied = ActionVerdict.objects.get(action=broken)
    assert (denied.status, denied.reason_code) == ("denied", "GATE_ERROR")
    told = AuditEvent.objects.get(verb="trading.action.gate-failed")
    assert told.detail == {"action": broken.pk} and "policy" in told.reason
    spoiled.refresh_from_db()
    assert spoiled.funded_through_at == world.NOW


def test_closing_it_says_what_to_do_and_another_policy_mends_it(spoiled: Any) -> None:
    acts = {"account": spoiled, "reason": "end", "by": world.BY, "now": LATER}
    with pytest.raises(Conflict) as caught:
        accounts.close_account(**acts)
    assert (caught.value.code, caught.value.retryable) == ("POLICY_UNREADABLE", False)
    assert Position.objects.get().size_lots > 0
    moved = policies.move_policy(policy=world.policy(), from_sequence=1, **acts)
    assert moved.policy_sequence == PolicySnapshot.objects.count() == 2
    changes = AuditEvent.objects.get(verb="trading.account.policy-moved").detail["changes"]
    assert changes["max_leverage"] == [None, 20]
    if isinstance(spoiled.policy, dict):
        assert changes["nonsense"] == [1, None]
    assert accounts.close_account(**acts).status == "completed"
    assert Position.objects.get().size_lots == 0


def test_an_account_that_holds_nothing_is_closed_whatever_its_policy() -> None:
    account = world.make_account()
    PropAccount.objects.filter(pk=account.pk).update(policy={"nonsense": 1})
    assert accounts.close_account(account=account, reason="end", by=world.BY, now=LATER).status == "completed"
