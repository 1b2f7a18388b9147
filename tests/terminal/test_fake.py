"""The fake Terminal refuses what the real protocol refuses, or its tests would prove nothing."""

from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from apps.terminal.services import pkce
from tests.terminal.fake_terminal import CLIENT, REDIRECT, FakeTerminal

VERIFIER = pkce.new_verifier()


def asking(**changes: Any) -> str:
    query = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "state": pkce.new_state(),
        "code_challenge": pkce.challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return urlencode({**query, **changes})


def bringing(code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": REDIRECT,
    }


def test_the_challenge_is_the_one_of_the_standard() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert pkce.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"redirect_uri": REDIRECT + "/"},
        {"code_challenge_method": "plain"},
        {"code_challenge": VERIFIER},
        {"response_type": "token"},
        {"state": "short"},
    ],
)
def test_a_wrong_start_is_refused(terminal: FakeTerminal, changes: dict[str, str]) -> None:
    assert httpx2.get(f"{terminal.url}/authorize?{asking(**changes)}").status_code == 400


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "somebody"}, 401),
        ({"redirect_uri": REDIRECT + "/"}, 400),
        ({"code_verifier": pkce.new_verifier()}, 400),
        ({"code_verifier": pkce.challenge_of(VERIFIER)}, 400),
        ({"code_verifier": ""}, 400),
        ({"code": "guess"}, 400),
        ({"grant_type": "refresh_token"}, 400),
    ],
)
def test_a_wrong_code_is_refused(terminal: FakeTerminal, changes: dict[str, str], status: int) -> None:
    code = terminal.authorize(f"/authorize?{asking()}")["code"]
    answer = httpx2.post(f"{terminal.url}/token", data={**bringing(code), **changes})
    assert answer.status_code == status


def test_a_code_works_once_and_a_token_reads_its_profile(terminal: FakeTerminal) -> None:
    code = terminal.authorize(f"/authorize?{asking()}")["code"]
    first = httpx2.post(f"{terminal.url}/token", data=bringing(code))
    assert (first.status_code, httpx2.post(f"{terminal.url}/token", data=bringing(code)).status_code) == (
        200,
        400,
    )
    for token, status in ((first.json()["access_token"], 200), ("guess", 401)):
        answer = httpx2.get(f"{terminal.url}/profile", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert httpx2.get(f"{terminal.url}/profile").status_code == 401


def test_json_is_no_form(terminal: FakeTerminal) -> None:
    assert httpx2.post(f"{terminal.url}/token", json=bringing("code")).status_code == 415
