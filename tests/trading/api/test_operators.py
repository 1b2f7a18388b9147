"""What operators do to accounts over the API: as in the console, with a reason, on the record, and some only by two."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.operations import clock
from apps.operations.models import AuditEvent, HeldAct
from apps.operations.services import held_acts
from apps.trading.models import PolicySnapshot
from apps.trading.services import execution, marking
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.trading import world

pytestmark = pytest.mark.django_db
WHY = {"reason": "A look at its fills."}


@pytest.fixture
def account() -> Any:
    """An account that holds BTC."""
    world.put_quote(dollars=100)
    account = world.make_account()
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    marking.mark_open_accounts(now=world.NOW)
    clock.set_anchor(real_now=clock.real_now(), market_at=world.NOW, speed=0.001)
    return account


def person(name: str, *permissions: str) -> User:
    """A member of the staff with these permissions on trading."""
    made = create_user(username=name, by=world.BY, now=world.NOW)
    made.is_staff = True
    made.save()
    made.user_permissions.set(
        Permission.objects.filter(content_type__app_label="trading", codename__in=permissions)
    )
    return User.objects.get(pk=made.pk)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, account: Any, act: str, body: Any = WHY) -> Any:
    address = f"/api/v1/admin/prop/accounts/{account.public_id}/{act}"
    return client.post(address, body, content_type="application/json")


def test_an_account_is_paused_and_resumed_with_reasons_on_the_record(account: Any) -> None:
    operator = client_of(person("changer", "change_propaccount"))
    paused = post(operator, account, "pause")
    assert paused.status_code == 200, paused.content
    assert (paused.json()["status"], paused.json()["statusReason"]) == ("paused", WHY["reason"])
    assert paused.json()["tradingMode"] == "halted"
    again = post(operator, account, "pause")
    assert (again.status_code, again.json()["code"]) == (409, "STATE_CHANGED")
    assert post(operator, account, "resume").json()["status"] == "active"
    event = AuditEvent.objects.get(verb="trading.account.paused")
    assert (event.reason, event.actor_label) == (WHY["reason"], "changer")


@pytest.mark.parametrize(
    ("act", "status"), [("reduce-only", "reduce_only"), ("halt", "halted"), ("lock", "locked")]
)
def test_each_act_leads_to_its_state(account: Any, act: str, status: str) -> None:
    answer = post(client_of(person("changer", "change_propaccount")), account, act)
    assert answer.json()["status"] == status


def test_completing_needs_its_own_permission_and_leaves_the_market(account: Any) -> None:
    assert post(client_of(person("changer", "change_propaccount")), account, "complete").status_code == 403
    done = post(client_of(person("ender", "delete_propaccount")), account, "complete")
    assert (done.json()["status"], done.json()["positions"]) == ("completed", [])
    assert done.json()["cash"] == done.json()["equity"]


@pytest.mark.parametrize("body", [{}, {"reason": "no"}, {**WHY, "force": True}, {"reason": 7}])
def test_an_act_without_a_proper_reason_changes_nothing(account: Any, body: Any) -> None:
    answer = post(client_of(person("changer", "change_propaccount")), account, "pause", body)
    assert answer.status_code == 400
    account.refresh_from_db()
    assert account.status == "active"


def test_a_policy_is_moved_from_the_one_that_was_seen(account: Any) -> None:
    operator = client_of(person("lawgiver", "add_policysnapshot"))
    body = {**WHY, "document": {"allowed_symbols": ["BTC"], "max_leverage": 3}, "fromSequence": 1}
    moved = post(operator, account, "policy", body)
    assert moved.status_code == 200, moved.content
    policy = moved.json()["policy"]
    assert (policy["sequence"], policy["document"]["max_leverage"]) == (2, 3)
    left_out = {"allowed_symbols": ["BTC"], "max_leverage": 3}
    assert policy["document"] == {**account.policy, **left_out}
    assert PolicySnapshot.objects.filter(account=account).count() == 2
    assert post(operator, account, "policy", body).json()["code"] == "STATE_CHANGED"
    broken = {**body, "fromSequence": 2, "document": {"max_leverage": 0}}
    assert post(operator, account, "policy", broken).status_code == 422
    for no_policy in ([], "policy-2", 7, None):
        refused = post(operator, account, "policy", {**broken, "document": no_policy})
        assert refused.status_code == 400


def test_a_correction_waits_for_another_person(account: Any) -> None:
    asker, second = person("asker", "add_ledgerentry"), person("second", "add_ledgerentry")
    cash = account.cash_micros
    answer = post(client_of(asker), account, "adjust", {**WHY, "amount": "-12.50"})
    assert answer.status_code == 202, answer.content
    assert (answer.json()["status"], answer.json()["accountId"]) == ("waiting", account.public_id)
    account.refresh_from_db()
    before = account.cash_micros
    twice = post(client_of(asker), account, "adjust", {**WHY, "amount": "-12.50"})
    assert (twice.status_code, twice.json()["code"]) == (409, "ALREADY_WAITING")
    act = HeldAct.objects.get(public_id=answer.json()["id"])
    held_acts.release(act=act, person=second, reason="Seen.", now=clock.now())
    account.refresh_from_db()
    assert account.cash_micros == before - 12_500_000 != cash


@pytest.mark.parametrize("amount", ["0", "0.0000001", 12, "1e3", "9" * 15])
def test_an_amount_that_no_ledger_books_is_refused(account: Any, amount: Any) -> None:
    answer = post(client_of(person("asker", "add_ledgerentry")), account, "adjust", {**WHY, "amount": amount})
    assert answer.status_code == 400
    assert not HeldAct.objects.exists()


def test_more_than_the_free_cash_is_refused_at_asking(account: Any) -> None:
    operator = client_of(person("asker", "add_ledgerentry"))
    refused = post(operator, account, "adjust", {**WHY, "amount": "-100000.00"})
    assert (refused.status_code, refused.json()["code"]) == (409, "INSUFFICIENT_CASH")
    assert not HeldAct.objects.exists()


def test_a_liquidation_is_asked_for_and_not_of_a_closed_account(account: Any) -> None:
    operator = client_of(person("ender", "delete_propaccount"))
    assert post(operator, account, "force-liquidate").status_code == 202
    assert post(operator, account, "complete").status_code == 200
    assert post(operator, account, "force-liquidate").status_code == 409


def test_every_account_is_listed_in_a_fixed_number_of_queries(
    account: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        world.make_account(account.clone)
    client = client_of(person("reader", "view_propaccount"))
    with django_assert_max_num_queries(6):
        listed = client.get("/api/v1/admin/prop/accounts").json()["items"]
    assert [one["ordinal"] for one in listed] == sorted((one["ordinal"] for one in listed), reverse=True)
    assert account.clone.owner.public_id not in str(listed), "a list of accounts names no person"
    assert client_of(person("nobody")).get("/api/v1/admin/prop/accounts").status_code == 403
