"""One's account on the pages: wallets, devices, and the Terminal profile."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.core import limits
from apps.operations import clock
from apps.terminal.services import linking
from apps.terminal.types import LinkStart, LinkState, LinkStatus
from apps.users import queries as users
from apps.users.models import Session, User
from apps.web import devices
from apps.web.compose import account as compose
from tests.users.signing import ask, sign, wallet
from tests.web.people import enter

pytestmark = pytest.mark.django_db
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 CriOS/140.0 Mobile Safari/604.1"
)


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


@pytest.fixture
def player(client: Client) -> User:
    return enter(client, wallet(30))


def shown(client: Client) -> dict[str, Any]:
    account: dict[str, Any] = client.get("/my/account").context["account"]
    return account


def link(client: Client, number: int, user: User) -> Any:
    limits.forget()
    issued = ask(wallet(number), now=clock.real_now(), for_user=user)
    form = {"message": issued.message, "signature": sign(wallet(number), issued.message)}
    return client.post("/my/account/wallets", form)


def test_devices_are_listed_and_ended_one_by_one(client: Client, player: User) -> None:
    phone = Client(headers={"user-agent": PHONE})
    enter(phone, wallet(30))
    rows = shown(client)["sessions"]
    assert [(row["device"], row["is_current"]) for row in rows] == [
        ("Chrome on iPhone", False),
        ("Unknown device", True),
    ]
    answer = client.post(f"/my/account/sessions/{rows[0]['id']}/end", follow=True)
    assert "That device is signed out." in answer.content.decode()
    assert phone.get("/my").status_code == 302
    assert client.get("/my").status_code == 200


def test_everything_else_is_signed_out_at_once(client: Client, player: User) -> None:
    others = [Client(), Client()]
    for other in others:
        enter(other, wallet(30))
    answer = client.post("/my/account/sessions/others/end", follow=True)
    assert "Signed out elsewhere: 2 devices." in answer.content.decode()
    assert [other.get("/my").status_code for other in others] == [302, 302]
    assert len(shown(client)["sessions"]) == 1


def test_somebody_elses_device_is_not_there_to_end(client: Client, player: User) -> None:
    stranger = Client()
    theirs = users.list_sessions(enter(stranger, wallet(31)), now=clock.real_now()).get()
    answer = client.post(f"/my/account/sessions/{theirs.public_id}/end", follow=True)
    assert "You have no such session." in answer.content.decode()
    assert stranger.get("/my").status_code == 200


def test_another_wallet_is_linked_and_signs_in_to_the_same_account(client: Client, player: User) -> None:
    assert link(client, 32, player).json() == {"to": "/my/account"}
    wallets = shown(client)["wallets"]
    assert [(row["address"], row["is_current"]) for row in wallets] == [
        (wallet(30).address.lower(), True),
        (wallet(32).address.lower(), False),
    ]
    assert enter(Client(), wallet(32)) == player


def test_a_wallet_of_somebody_else_is_refused_with_a_code(client: Client, player: User) -> None:
    enter(Client(), wallet(33))
    answer = link(client, 33, player)
    assert (answer.status_code, answer.json()["code"]) == (409, "WALLET_ALREADY_LINKED")


def test_linking_asks_for_a_fresh_sign_in(client: Client, player: User) -> None:
    assert shown(client)["is_fresh"]
    Session.objects.update(authenticated_at=clock.real_now() - timedelta(minutes=11))
    answer = link(client, 34, player)
    assert (answer.status_code, answer.json()["code"]) == (403, "REAUTH_REQUIRED")
    page = client.get("/my/account")
    assert not page.context["account"]["is_fresh"]
    assert b'href="/sign-in?next=/my/account"' in page.content
    assert b"wallet-proof" not in page.content.partition(b"<main")[2]
    enter(client, wallet(30))
    assert shown(client)["is_fresh"]


def test_the_terminal_is_hidden_where_there_is_none(client: Client, player: User) -> None:
    assert b"MegaETH Terminal" not in client.get("/my/account").content
    answer = client.post("/my/account/terminal", follow=True)
    assert "cannot be linked in this arena" in answer.content.decode()


@pytest.mark.parametrize(
    ("status", "available", "words"),
    [
        (LinkStatus.UNLINKED, True, ["Link my Terminal profile"]),
        (LinkStatus.LINKED, True, ["#1,204", "88213.5", "Unlink"]),
        (LinkStatus.EXPIRED, True, ["Link again", "Unlink", "run out"]),
        (LinkStatus.EXPIRED, False, ["Unlink"]),
    ],
)
def test_the_terminal_link_shows_its_state(
    client: Client,
    player: User,
    monkeypatch: pytest.MonkeyPatch,
    *,
    status: str,
    available: bool,
    words: list[str],
) -> None:
    now = clock.real_now()
    state = LinkState(
        available=available, status=status, handle="ada", rank=1204, total_points="88213.5", synced_at=now
    )
    monkeypatch.setattr(compose.terminal, "link_state", lambda *, user_id: state)
    page = client.get("/my/account").content.decode()
    assert [word for word in words if word not in page] == []
    assert ("Link again" in page) == (status == LinkStatus.EXPIRED and available)


def test_the_way_to_the_terminal_and_back_changes_something_by_post_only(
    client: Client, player: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[tuple[str, str]] = []
    start = LinkStart(authorize_url="https://terminal.example/authorize?x=1", expires_at=clock.real_now())
    monkeypatch.setattr(linking, "begin_link", lambda **_: start)
    monkeypatch.setattr(
        linking, "complete_link", lambda **given: finished.append((given["state"], given["code"]))
    )
    assert client.post("/my/account/terminal")["Location"] == start.authorize_url
    back = client.get("/terminal/linked", {"state": 'a"b', "code": "c<d"})
    assert "a&quot;b" in back.content.decode() and "c&lt;d" in back.content.decode()
    assert finished == []
    client.post("/my/account/terminal/complete", {"state": 'a"b', "code": "c<d"})
    assert finished == [('a"b', "c<d")]
    assert b"You declined at the Terminal" in client.get("/terminal/linked?error=access_denied").content


@pytest.mark.parametrize(
    "address",
    [
        "/my/account/wallets",
        "/my/account/sessions/others/end",
        "/my/account/sessions/ses_1/end",
        "/my/account/terminal",
        "/my/account/terminal/complete",
        "/my/account/terminal/unlink",
    ],
)
def test_acts_are_posts_with_the_token_of_the_form(client: Client, player: User, address: str) -> None:
    assert client.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(address).status_code == 403
    assert Client().post(address)["Location"] == "/sign-in?next=%2Fmy"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (PHONE, "Chrome on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/19 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140 Mobile Safari/537", "Chrome on Android"),
        ("curl/8.5.0 extra", "curl/8.5.0"),
        ("", "Unknown device"),
    ],
)
def test_a_device_has_a_name(agent: str, name: str) -> None:
    assert devices.name(agent) == name
