"""Page sessions: opened by a sign-in, and dead with it on the next request."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from apps.operations import clock
from apps.operations.audit import Actor
from apps.users.middleware import SessionBoundMiddleware
from apps.users.models import Session, User
from apps.users.services import pages, sessions
from apps.users.services.sign_in import SignIn
from apps.users.types import SessionEnd
from tests.users.signing import enter, wallet

pytestmark = pytest.mark.django_db
BY = Actor.system("tests.users")


@pytest.fixture
def opened() -> SignIn:
    return enter(wallet(), now=clock.real_now())


def page_request(key: str | None = None) -> HttpRequest:
    """A request of a browser with a page session."""
    request = RequestFactory().post("/sign-in", HTTP_USER_AGENT="Brow\tser" + "x" * 300)
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    request.user = AnonymousUser()
    return request


def browser(opened: SignIn) -> Client:
    """A browser that is signed in."""
    request = page_request()
    pages.open_page_session(request=request, signed_in=opened, now=clock.real_now())
    request.session.save()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key or ""
    return client


def test_a_sign_in_opens_the_pages_and_the_api(opened: SignIn) -> None:
    body = browser(opened).get("/api/v1/me").json()
    assert body["id"] == opened.user.public_id
    items = browser(opened).get("/api/v1/auth/sessions").json()["items"]
    assert [(item["id"], item["isCurrent"]) for item in items] == [(opened.session.public_id, True)]


def test_a_page_session_gets_a_new_key_and_the_end_of_its_sign_in(opened: SignIn) -> None:
    request = page_request()
    request.session["basket"] = "planted"
    request.session.save()
    planted = request.session.session_key
    pages.open_page_session(request=request, signed_in=opened, now=clock.real_now())
    assert request.session.session_key != planted
    assert request.session.get_expiry_date() == opened.session.expires_at


@pytest.mark.parametrize("ending", ["ended", "expired", "disabled", "somebody else's"])
def test_a19_a_page_dies_with_its_sign_in(opened: SignIn, ending: str) -> None:
    client = browser(opened)
    assert client.get("/api/v1/me").status_code == 200
    if ending == "ended":
        by = Actor.user(opened.user)
        sessions.end_session(session=opened.session, because=SessionEnd.REVOKED, by=by, now=clock.real_now())
    elif ending == "expired":
        Session.objects.update(expires_at=clock.real_now() - timedelta(seconds=1))
    elif ending == "disabled":
        User.objects.update(is_active=False)
    else:
        Session.objects.update(user=User.objects.create_user("eve"))
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == ""


def test_a_token_signed_out_takes_the_page_along(opened: SignIn) -> None:
    client = browser(opened)
    headers = {"Authorization": f"Bearer {opened.access}"}
    assert client.post("/api/v1/auth/session/logout", headers=headers).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_leaving_the_pages_ends_the_sign_in(opened: SignIn) -> None:
    request = page_request()
    pages.open_page_session(request=request, signed_in=opened, now=clock.real_now())
    pages.close_page_session(request=request, by=Actor.user(opened.user), now=clock.real_now())
    assert pages.PAGE_KEY not in request.session and request.user.is_anonymous
    assert Session.objects.get().ended_because == SessionEnd.SIGNED_OUT
    pages.close_page_session(request=request, by=BY, now=clock.real_now())


def test_an_operator_s_password_session_is_left_alone(client: Client) -> None:
    client.force_login(User.objects.create_user("operator", is_staff=True))
    assert client.get("/api/v1/me").status_code == 200
    answer = client.post("/api/v1/me/wallets", {"message": "m", "signature": "0x"}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "REAUTH_REQUIRED")


def test_a_page_without_a_cookie_is_not_looked_at_so_that_it_may_be_shared() -> None:
    request = page_request()
    SessionBoundMiddleware(lambda request: HttpResponse())(request)
    assert not request.session.accessed


def test_signing_in_again_ends_the_sign_in_that_the_browser_held(opened: SignIn) -> None:
    request = page_request()
    pages.open_page_session(request=request, signed_in=opened, now=clock.real_now())
    again = enter(wallet(2), now=clock.real_now())
    pages.open_page_session(request=request, signed_in=again, now=clock.real_now())
    assert list(Session.objects.filter(ended_at=None)) == [again.session]
    assert request.session[pages.PAGE_KEY] == again.session.public_id


def test_being_seen_is_noted_every_five_minutes(opened: SignIn) -> None:
    client = browser(opened)
    seen = Session.objects.get().last_seen_at
    client.get("/api/v1/me")
    assert Session.objects.get().last_seen_at == seen
    Session.objects.update(last_seen_at=seen - timedelta(minutes=6))
    client.get("/api/v1/me")
    assert Session.objects.get().last_seen_at >= seen


def test_a_client_is_what_the_server_knows_of_it() -> None:
    info = pages.client_of(page_request())
    assert info.address == "127.0.0.1" and info.user_agent.startswith("Browser")
    assert len(info.user_agent) == 200
