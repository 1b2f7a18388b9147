"""The routes of the link, for browsers with a session."""

from typing import Any

import pytest
from django.test import Client

from apps.core.errors import Conflict
from apps.core.limits import RateLimited
from apps.operations import clock
from apps.operations.audit import Actor
from apps.terminal.models import TerminalLink
from apps.terminal.services import linking
from apps.users.models import User
from tests.terminal.conftest import linked
from tests.terminal.fake_terminal import FakeTerminal, said

pytestmark = pytest.mark.django_db(transaction=True)
LINK, COMPLETE = "/api/v1/terminal/link", "/api/v1/terminal/link/complete"
NOTHING = {
    "available": True,
    "status": "unlinked",
    "id": "",
    "profileId": "",
    "handle": "",
    "rank": None,
    "totalPoints": None,
    "linkedAt": None,
    "syncedAt": None,
    "expiresAt": None,
}


@pytest.fixture
def api(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def test_a_profile_is_linked_shown_and_unlinked(api: Client, terminal: FakeTerminal) -> None:
    assert api.get(LINK).json() == NOTHING
    begun = post(api, LINK)
    assert (begun.status_code, begun.json().keys()) == (201, {"authorizeUrl", "expiresAt"})
    back = terminal.authorize(begun.json()["authorizeUrl"])
    done = post(api, COMPLETE, back)
    assert done.status_code == 200
    assert done.json() == api.get(LINK).json()
    assert (done.json()["status"], done.json()["handle"], done.json()["totalPoints"]) == (
        "linked",
        "ada",
        "88213.5",
    )
    assert post(api, COMPLETE, back).json()["code"] == "TERMINAL_STATE_USED"
    assert post(api, LINK).json()["code"] == "TERMINAL_ALREADY_LINKED"
    assert api.delete(LINK).status_code == 204
    assert api.get(LINK).json() == NOTHING
    again = api.delete(LINK)
    assert (again.status_code, again.json()["code"]) == (404, "TERMINAL_NOT_LINKED")


def test_another_user_cannot_finish_the_start(api: Client, bob: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(post(api, LINK).json()["authorizeUrl"])
    other = Client()
    other.force_login(bob)
    answer = post(other, COMPLETE, back)
    assert (answer.status_code, answer.json()["code"]) == (409, "TERMINAL_STATE_UNKNOWN")
    assert other.get(LINK).json()["status"] == "unlinked"


def test_nobody_signed_in_is_told_so(client: Client, terminal: FakeTerminal) -> None:
    answers = [client.get(LINK), post(client, LINK), client.delete(LINK), post(client, COMPLETE)]
    assert [answer.status_code for answer in answers] == [401] * 4


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"state": "s"},
        {"state": "s", "code": ""},
        {"state": "s", "code": None},
        {"state": ["s"], "code": "c"},
        {"state": "s" * 129, "code": "c"},
        {"state": "s", "code": "c" * 2049},
        {"state": "s", "code": "c", "redirectUri": "https://evil.example"},
    ],
)
def test_a_wrong_body_is_refused(api: Client, terminal: FakeTerminal, body: dict[str, Any]) -> None:
    assert post(api, COMPLETE, body).status_code == 400
    assert terminal.asked == []


def test_the_link_is_off_without_a_terminal(api: Client, unconfigured: None) -> None:
    for answer in (post(api, LINK), post(api, COMPLETE, {"state": "s", "code": "c"})):
        assert (answer.status_code, answer.json()["code"]) == (503, "TERMINAL_NOT_CONFIGURED")
        assert answer.json()["retryable"] is False
    assert api.get(LINK).json() == {**NOTHING, "available": False}


def test_a_link_can_be_ended_after_the_terminal_was_taken_away(
    api: Client, ada: User, terminal: FakeTerminal, unconfigured: None, settings: Any
) -> None:
    settings.TERMINAL_TOKEN_URL = f"{terminal.url}/token"
    settings.TERMINAL_PROFILE_URL = f"{terminal.url}/profile"
    settings.TERMINAL_AUTHORIZE_URL = f"{terminal.url}/authorize"
    settings.TERMINAL_REDIRECT_URI = "http://localhost:8000/terminal/linked"
    linked(ada, terminal)
    settings.TERMINAL_TOKEN_URL = ""
    assert api.delete(LINK).status_code == 204
    assert TerminalLink.objects.get().sealed_token == ""


def test_a_terminal_in_trouble_is_a_problem_with_a_code(api: Client, terminal: FakeTerminal) -> None:
    back = terminal.authorize(post(api, LINK).json()["authorizeUrl"])
    terminal.broken["/token"] = said(502, {})
    answer = post(api, COMPLETE, back)
    assert (answer.status_code, answer.json()["code"]) == (503, "TERMINAL_UNAVAILABLE")


def test_beginning_again_and_again_is_slowed_down(api: Client, terminal: FakeTerminal) -> None:
    answers = [post(api, LINK) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    assert answers[-1].json()["code"] == "RATE_LIMITED"


def test_every_door_to_the_terminal_counts(ada: User, terminal: FakeTerminal) -> None:
    asked: dict[str, Any] = {"user": ada, "by": Actor.user(ada), "now": clock.real_now()}
    for _ in range(10):
        linking.begin_link(**asked)
        with pytest.raises(Conflict):
            linking.complete_link(**asked, state="none", code="none")
    with pytest.raises(RateLimited):
        linking.begin_link(**asked)


def test_the_document_shows_every_route_by_example(client: Client) -> None:
    paths = client.get("/api/v1/schema/", headers={"accept": "application/json"}).json()["paths"]
    shown = paths[LINK]["post"]["responses"]["201"]["content"]["application/json"]["examples"]
    assert "code_challenge_method=S256" in str(shown)
    complete = paths[COMPLETE]["post"]
    assert complete["requestBody"]["content"]["application/json"]["examples"]
    assert complete["responses"]["200"]["content"]["application/json"]["examples"]
    assert paths[LINK]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
