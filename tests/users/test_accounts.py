"""Users and wallets: who is who, and one owner per address."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.operations.audit import Actor
from apps.users import queries
from apps.users.models import LinkedWallet, User
from apps.users.services.accounts import create_user, link_wallet

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BY = Actor.system("tests.users")
ADDRESS = "0x" + "aB" * 20


@pytest.fixture
def ada() -> User:
    return create_user(username="ada", by=BY, now=NOW)


def test_a_user_without_a_password_cannot_sign_in(ada: User, client: Client) -> None:
    assert not ada.has_usable_password()
    assert not client.login(username="ada", password="")


def test_a_name_is_taken_once(ada: User) -> None:
    with pytest.raises(Conflict):
        create_user(username="ada", by=BY, now=NOW)


def test_users_are_found_by_public_id(ada: User) -> None:
    assert queries.get_user(ada.public_id) == ada
    with pytest.raises(NotFound):
        queries.get_user("usr_nobody")


def test_an_address_is_kept_in_lower_case_and_linked_once(ada: User) -> None:
    first = link_wallet(user=ada, address=ADDRESS, chain_id=4326, by=BY, now=NOW)
    again = link_wallet(user=ada, address=ADDRESS.lower(), chain_id=4326, by=BY, now=NOW)
    assert (first.pk, first.address) == (again.pk, ADDRESS.lower())
    eve = create_user(username="eve", by=BY, now=NOW)
    with pytest.raises(Conflict):
        link_wallet(user=eve, address=ADDRESS, chain_id=4326, by=BY, now=NOW)


@pytest.mark.parametrize("address", ["", "0x12", "0x" + "g" * 40, "ab" * 21, ADDRESS + "\n", "0x" + "١" * 40])
def test_what_is_no_address_is_refused(ada: User, address: str) -> None:
    with pytest.raises(InvalidInput):
        link_wallet(user=ada, address=address, chain_id=4326, by=BY, now=NOW)


def test_the_database_refuses_an_address_with_capitals(ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkedWallet.objects.create(user=ada, address=ADDRESS, chain_id=1, linked_at=NOW)


def test_me_is_the_signed_in_user_with_the_wallets(ada: User, client: Client) -> None:
    link_wallet(user=ada, address=ADDRESS, chain_id=4326, by=BY, now=NOW)
    client.force_login(ada)
    body = client.get("/api/v1/me").json()
    assert body == {
        "id": ada.public_id,
        "username": "ada",
        "isStaff": False,
        "joinedAt": "2026-03-01T12:00:00Z",
        "wallets": [{"address": ADDRESS.lower(), "chainId": 4326, "linkedAt": "2026-03-01T12:00:00Z"}],
    }


def test_me_is_nobody_without_signing_in(client: Client) -> None:
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
