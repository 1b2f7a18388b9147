"""F12: no account is opened, moved or traded under a fee that is negative, nothing or more than the notional."""

from typing import Any

import pytest

from apps.core.errors import InvalidInput
from apps.exchange.rounding import RATE_SCALE
from apps.exchange.types import Policy
from apps.trading.models import Fill, LedgerEntry, PolicySnapshot, PropAccount
from apps.trading.services import execution, policies
from apps.trading.services.accounts import open_account
from tests.trading import world

pytestmark = pytest.mark.django_db

IMPOSSIBLE = (-1, 0, RATE_SCALE + 1)


def open_with(policy: Any) -> PropAccount:
    """An account of a new clone under the policy."""
    return open_account(
        clone=world.make_clone(),
        purpose="demonstration",
        policy=policy,
        starting_micros=world.START,
        by=world.BY,
        now=world.NOW,
    )


@pytest.mark.parametrize("fee", IMPOSSIBLE)
@pytest.mark.parametrize("form", ["document", "value"])
def test_f12_no_account_opens_under_an_impossible_fee(fee: int, form: str) -> None:
    policy = Policy(taker_fee_rate_e10=fee)
    with pytest.raises(InvalidInput, match="taker_fee_rate_e10"):
        open_with(policy.to_document() if form == "document" else policy)
    assert [model.objects.count() for model in (PropAccount, LedgerEntry, PolicySnapshot)] == [0, 0, 0]


@pytest.mark.parametrize("fee", IMPOSSIBLE)
def test_f12_no_account_is_moved_to_an_impossible_fee(fee: int) -> None:
    account = world.make_account()
    with pytest.raises(InvalidInput, match="taker_fee_rate_e10"):
        policies.move_policy(
            account=account,
            policy=Policy(taker_fee_rate_e10=fee),
            from_sequence=1,
            reason="Cheaper",
            by=world.BY,
            now=world.NOW,
        )
    account.refresh_from_db()
    assert (account.policy_sequence, account.policy["taker_fee_rate_e10"]) == (1, 4_500_000)


@pytest.mark.parametrize("fee", IMPOSSIBLE)
def test_f12_a_fee_that_was_spoilt_in_the_table_trades_nothing(fee: int) -> None:
    world.put_quote(dollars=160)
    account = world.make_account()
    document = {**account.policy, "taker_fee_rate_e10": fee}
    PropAccount.objects.filter(pk=account.pk).update(policy=document)
    action = world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    assert not Fill.objects.exists()
    verdict = getattr(action, "verdict", None)
    assert verdict is None or verdict.status == "denied"
