"""The console's pages of users and clones: they open, show no strategy, and change nothing by themselves."""

import pytest
from django.test import Client

from apps.clones import graph, services
from apps.clones.models import Clone
from apps.clones.types import CloneStatus
from apps.operations.models import AuditEvent
from apps.users.models import User
from apps.users.services.accounts import link_wallet
from apps.users.services.tokens import issue_service_token
from tests.clones.conftest import BY, NOW


@pytest.fixture
def operator(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="long enough 4 all"))
    return client


@pytest.fixture
def populated(clone: Clone, owner: User) -> Clone:
    document = graph.basic(assets=["BTC"], behaviour="My secret edge")
    services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    services.publish(clone=clone, by=BY, now=NOW)
    link_wallet(user=owner, address="0x" + "ab" * 20, chain_id=4326, by=BY, now=NOW)
    issue_service_token(name="monitor", scopes=["health"], by=BY, now=NOW)
    return clone


@pytest.mark.parametrize(
    "page",
    [
        "clones/clone",
        "clones/strategyversion",
        "clones/entitlement",
        "users/user",
        "users/linkedwallet",
        "users/servicetoken",
        "auth/group",
    ],
)
def test_every_list_opens(operator: Client, populated: Clone, page: str) -> None:
    assert operator.get(f"/admin/{page}/").status_code == 200


def test_the_pages_of_a_clone_show_no_strategy(operator: Client, populated: Clone) -> None:
    version = populated.versions.get()
    for page in (f"clones/clone/{populated.pk}", f"clones/strategyversion/{version.pk}"):
        answer = operator.get(f"/admin/{page}/change/")
        assert answer.status_code == 200
        assert "secret" not in answer.content.decode()


def test_rows_cannot_be_added_or_deleted_by_hand(operator: Client, populated: Clone) -> None:
    version = populated.versions.get()
    for page in (
        "clones/clone/add",
        f"clones/clone/{populated.pk}/delete",
        f"clones/strategyversion/{version.pk}/delete",
        "clones/entitlement/add",
        "users/servicetoken/add",
        f"users/user/{populated.owner_id}/delete",
    ):
        assert operator.post(f"/admin/{page}/", {"post": "yes"}).status_code == 403


def test_a_user_can_be_edited_and_added(operator: Client, owner: User) -> None:
    assert operator.get(f"/admin/users/user/{owner.pk}/change/").status_code == 200
    assert operator.get("/admin/users/user/add/").status_code == 200
    form = {
        "username": "grace",
        "usable_password": "true",
        "password1": "fourteen-Birds",
        "password2": "fourteen-Birds",
    }
    assert operator.post("/admin/users/user/add/", form).status_code == 302
    assert User.objects.get(username="grace").check_password("fourteen-Birds")


def test_an_operator_hides_a_clone_with_a_reason_and_never_by_a_link(operator: Client, clone: Clone) -> None:
    path = f"/admin/clones/clone/{clone.pk}/hide/"
    operator.get(path, headers={"HX-Request": "true"})
    operator.post(path, {"_form_submitted": "True", "reason": ""}, headers={"HX-Request": "true"})
    clone.refresh_from_db()
    assert clone.status == CloneStatus.LIVE
    operator.post(
        path, {"_form_submitted": "True", "reason": "reported by many"}, headers={"HX-Request": "true"}
    )
    clone.refresh_from_db()
    assert clone.status == CloneStatus.HIDDEN
    event = AuditEvent.objects.get(verb="clones.clone.hidden")
    assert (event.reason, event.actor_kind, event.subject_id) == ("reported by many", "user", clone.public_id)


def test_retiring_asks_for_the_identifier(operator: Client, clone: Clone) -> None:
    path = f"/admin/clones/clone/{clone.pk}/retire/"
    operator.post(
        path,
        {"_form_submitted": "True", "reason": "no demand", "confirmation": "cln_other"},
        headers={"HX-Request": "true"},
    )
    clone.refresh_from_db()
    assert clone.status == CloneStatus.LIVE
    operator.post(
        path,
        {"_form_submitted": "True", "reason": "no demand", "confirmation": clone.public_id},
        headers={"HX-Request": "true"},
    )
    clone.refresh_from_db()
    assert clone.status == CloneStatus.RETIRED
