"""Signing in on the pages: the proof, the cookie it opens, where it leads, and the way out."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.operations import clock
from apps.users import queries as users
from tests.users.signing import DOMAIN, URI, ask, sign, wallet
from tests.web.people import complete, enter

pytestmark = pytest.mark.django_db
EVERY_PAGE = ("/", "/auditions", "/how-it-works", "/sign-in")


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


def test_a_visitor_is_offered_the_door_on_every_page(client: Client) -> None:
    for address in EVERY_PAGE:
        page = client.get(address).content.decode()
        assert 'href="/sign-in">Sign in</a>' in page
        assert "Sign out" not in page
    assert "Signing in needs JavaScript" in page and 'chains="4326,6343"' in page


def test_a_signed_message_opens_the_pages_and_signing_out_closes_them(client: Client) -> None:
    account = wallet(3)
    answer = complete(client, account)
    assert answer.status_code == 200 and answer.json() == {"to": "/my", "isNew": True}
    assert "no-store" in answer["Cache-Control"]
    page = client.get("/auditions")
    assert account.address.lower() in page.content.decode()
    assert page.context["viewer"]["short"] == f"{account.address.lower()[:6]}…{account.address.lower()[-4:]}"
    assert "Cookie" in page["Vary"]
    user = users.find_user(username=page.context["viewer"]["name"])
    assert user is not None
    session = users.list_sessions(user, now=clock.real_now())
    assert session.count() == 1
    assert client.post("/sign-out").headers["Location"] == "/"
    assert client.get("/my").headers["Location"] == "/sign-in?next=%2Fmy"
    assert session.count() == 0


def test_signing_in_twice_in_one_browser_leaves_one_sign_in(client: Client) -> None:
    user = enter(client, wallet(4))
    enter(client, wallet(4))
    assert users.list_sessions(user, now=clock.real_now()).count() == 1
    other = enter(client, wallet(5))
    assert other != user
    assert users.list_sessions(user, now=clock.real_now()).count() == 0


def test_a_proof_without_the_token_of_the_form_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": DOMAIN})
    assert complete(strict, wallet(6)).status_code == 403
    assert strict.post("/sign-out").status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"signature": "0x" + "12" * 96}, 401, "WALLET_TYPE_UNSUPPORTED"),
        ({"signature": "nonsense"}, 401, "SIWE_SIGNATURE_INVALID"),
        ({"message": ""}, 401, "SIWE_INVALID"),
        ({"message": "x" * 5000}, 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_bad_proof_is_a_problem_with_its_code(
    client: Client, changes: dict[str, str], status: int, code: str
) -> None:
    answer = complete(client, wallet(7), **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "sessionid" not in answer.cookies
    assert client.get("/my").status_code == 302


def test_a_message_signed_by_another_key_opens_nothing(client: Client) -> None:
    issued = ask(wallet(8), now=clock.real_now())
    form = {"message": issued.message, "signature": sign(wallet(9), issued.message)}
    answer = client.post("/sign-in/complete", form)
    assert answer.json()["code"] == "SIWE_SIGNATURE_INVALID"


def test_too_many_tries_say_how_long_to_wait(client: Client) -> None:
    answers = [client.post("/sign-in/complete", {"message": "", "signature": ""}) for _ in range(31)]
    assert [answer.status_code for answer in answers[:30]] == [401] * 30
    assert answers[30].status_code == 429
    assert int(answers[30]["Retry-After"]) > 0


@pytest.mark.parametrize("wanted", ["/my/account", "/clones/cln_1?account=acc_2", "/my/clones/cln_1/build"])
def test_the_way_back_is_kept(client: Client, wanted: str) -> None:
    assert client.get("/sign-in", {"next": wanted}).context["door"]["next"] == wanted
    assert complete(client, wallet(10), next=wanted).json()["to"] == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "my",
        "/sign-in?next=/sign-in",
        "/sign-out",
        "/" + "x" * 3000,
    ],
)
def test_the_way_back_never_leaves_the_site(client: Client, wanted: str) -> None:
    assert client.get("/sign-in", {"next": wanted}).context["door"]["next"] == "/my"
    assert complete(client, wallet(11), next=wanted).json()["to"] == "/my"


def test_the_door_is_no_place_to_post_to_by_link(client: Client) -> None:
    assert client.get("/sign-in/complete").status_code == 405
    assert client.get("/sign-out").status_code == 405


def test_an_ended_sign_in_is_out_at_the_next_page(client: Client) -> None:
    from apps.operations.types import Actor
    from apps.users.services import sessions
    from apps.users.types import SessionEnd

    user = enter(client, wallet(12))
    now: Any = clock.real_now()
    sessions.end_all(user=user, because=SessionEnd.OPERATOR, by=Actor.system("tests"), now=now)
    assert client.get("/my").status_code == 302
    assert 'href="/sign-in">Sign in</a>' in client.get("/").content.decode()


def test_the_message_is_for_this_site(client: Client) -> None:
    asked = {"address": wallet(13).address, "chainId": 4326, "domain": DOMAIN, "uri": URI}
    answer = client.post("/api/v1/auth/siwe/challenge", asked, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["message"].startswith(f"{DOMAIN} wants you to sign in")
