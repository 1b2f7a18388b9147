"""Opening, closing and moving accounts."""

from typing import Any

import pytest

from apps.core.errors import Conflict, IllegalTransition, InvalidInput
from apps.core.states import advance
from apps.trading.models import AccountSnapshot, LedgerEntry, Position, PropAccount
from apps.trading.services import accounts, execution
from apps.trading.types import ACCOUNT_TRANSITIONS, AccountStatus
from tests.trading import world

pytestmark = pytest.mark.django_db


def test_opening_funds_the_account_once_per_reference() -> None:
    clone = world.make_clone()
    given: dict[str, Any] = {
        "clone": clone,
        "purpose": "audition",
        "policy": world.policy().to_document(),
        "starting_micros": world.START,
        "by": world.BY,
        "now": world.NOW,
        "reference": "audition:1",
    }
    account = accounts.open_account(**given)
    assert accounts.open_account(**given).pk == account.pk
    assert account.status == AccountStatus.ACTIVE
    assert list(LedgerEntry.objects.order_by("sequence").values_list("book", "amount_micros")) == [
        ("cash", world.START),
        ("capital", -world.START),
    ]


@pytest.mark.parametrize(
    "bad",
    [{"starting_micros": 0}, {"starting_micros": 1.5}, {"purpose": "fun"}, {"policy": {"max_leverage": -1}}],
)
def test_nonsense_opens_nothing(bad: dict[str, Any]) -> None:
    given = {"purpose": "arena", "policy": {}, "starting_micros": world.START}
    with pytest.raises(InvalidInput):
        accounts.open_account(clone=world.make_clone(), by=world.BY, now=world.NOW, **{**given, **bad})
    assert not PropAccount.objects.exists()


def test_closing_leaves_the_market_and_repeats_quietly() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    closed = accounts.close_account(account=account, reason="target", by=world.BY, now=world.NOW)
    again = accounts.close_account(account=account, reason="other", by=world.BY, now=world.NOW + world.MINUTE)
    assert (closed.status, again.closed_reason) == (AccountStatus.COMPLETED, "target")
    assert closed.equity_micros == closed.cash_micros == AccountSnapshot.objects.get().equity_micros
    assert Position.objects.get().size_lots == 0


def test_closing_waits_for_a_believable_price() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    with pytest.raises(Conflict) as caught:
        accounts.close_account(account=account, reason="x", by=world.BY, now=world.NOW + 60 * world.MINUTE)
    assert (caught.value.code, caught.value.retryable) == ("PRICE_UNUSABLE", True)
    account.refresh_from_db()
    assert account.status == AccountStatus.ACTIVE


@pytest.mark.parametrize("source", AccountStatus.values)
@pytest.mark.parametrize("target", AccountStatus.values)
def test_states_move_only_along_the_table(source: str, target: str) -> None:
    account = world.make_account()
    PropAccount.objects.filter(pk=account.pk).update(status=source)
    if target in ACCOUNT_TRANSITIONS[source]:
        assert advance(account, to=target, table=ACCOUNT_TRANSITIONS).status == target
    else:
        with pytest.raises(IllegalTransition):
            advance(account, to=target, table=ACCOUNT_TRANSITIONS)
