"""A running audition's account is its owner's, an operator's and a reading program's; to others it does not exist."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.trading.services import execution
from apps.trading.services.accounts import close_account, open_account
from apps.users.services.accounts import create_user
from apps.users.services.tokens import issue_service_token
from tests.trading import world
from tests.trading.api.test_accounts import TAILS, put_stop

pytestmark = pytest.mark.django_db
READERS = ("owner", "operator", "program")
OTHERS = ("visitor", "other", "staff", "writing program")


@pytest.fixture
def account(db: None) -> Any:
    """An audition's account that holds BTC behind a stop."""
    world.put_quote(dollars=100)
    account = open_account(
        clone=world.make_clone(),
        purpose="audition",
        policy=world.policy(),
        starting_micros=world.START,
        by=world.BY,
        now=world.NOW,
    )
    execution.execute_action(action=world.propose_action(account), now=world.NOW)
    put_stop(account)
    return account


def caller(role: str, account: Any) -> Client:
    """A client in this role."""
    if role == "visitor":
        return Client()
    if "program" in role:
        scope = "prop:read" if role == "program" else "prop:write"
        _, secret = issue_service_token(name=role, scopes=[scope], by=world.BY, now=world.NOW)
        return Client(headers={"Authorization": f"Bearer {secret}"})
    person = account.clone.owner
    if role != "owner":
        person = create_user(username=role, by=world.BY, now=world.NOW)
        person.is_staff, person.is_superuser = role in {"staff", "operator"}, role == "operator"
        person.save()
    client = Client()
    client.force_login(person)
    return client


def said(client: Client, address: str) -> tuple[int, str]:
    """The status and the words of an answer, without the name of the request."""
    answer = client.get(address)
    return answer.status_code, re.sub(r'"requestId":"[^"]*"', "", answer.content.decode())


@pytest.mark.parametrize("role", READERS)
def test_who_may_reads_everything(account: Any, role: str) -> None:
    client = caller(role, account)
    for tail in (*TAILS, "/triggers"):
        answer = client.get(f"/api/v1/prop/accounts/{account.public_id}{tail}")
        assert answer.status_code == 200, tail
    (stop,) = answer.json()["items"]
    assert (stop["kind"], stop["price"], stop["status"]) == ("stop", "90.00", "standing")


@pytest.mark.parametrize("role", OTHERS)
def test_to_others_it_looks_like_none_at_all(account: Any, role: str) -> None:
    client = caller(role, account)
    for tail in (*TAILS, "/triggers"):
        real = said(client, f"/api/v1/prop/accounts/{account.public_id}{tail}")
        never = said(client, f"/api/v1/prop/accounts/acc_0000000000000000000000{tail}")
        assert real == never and real[0] == 404, tail


def test_a_finished_audition_is_everybodys_but_its_exits(account: Any) -> None:
    close_account(account=account, reason="TARGET_REACHED", by=world.BY, now=world.NOW)
    for tail in TAILS:
        assert Client().get(f"/api/v1/prop/accounts/{account.public_id}{tail}").status_code == 200, tail
    assert Client().get(f"/api/v1/prop/accounts/{account.public_id}/triggers").status_code == 404


def test_ones_own_accounts_are_listed_and_narrowed(account: Any, django_assert_max_num_queries: Any) -> None:
    client = caller("owner", account)
    for _ in range(3):
        world.make_account(account.clone)
    with django_assert_max_num_queries(3):
        listed = client.get("/api/v1/prop/accounts").json()["items"]
    assert [one["purpose"] for one in listed] == ["demonstration"] * 3 + ["audition"]
    assert listed[-1]["openPositions"] == 1
    narrowed = client.get("/api/v1/prop/accounts", {"purpose": "audition", "status": "active"}).json()
    assert [one["id"] for one in narrowed["items"]] == [account.public_id]
    assert client.get("/api/v1/prop/accounts", {"clone": "cln_none"}).json()["items"] == []
    assert client.get("/api/v1/prop/accounts", {"status": "rich"}).status_code == 400
    assert caller("other", account).get("/api/v1/prop/accounts").json()["items"] == []
    assert Client().get("/api/v1/prop/accounts").status_code == 401
    page = client.get("/api/v1/prop/accounts", {"limit": "3"}).json()
    rest = client.get("/api/v1/prop/accounts", {"limit": "3", "cursor": page["nextCursor"]}).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [one["id"] for one in listed]
