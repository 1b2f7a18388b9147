"""Other sites: none may use a person's cookies, and only those on the list may call at all."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from apps.users.models import User

pytestmark = pytest.mark.django_db
FRIEND = "https://app.example.com"


def allowed(client: Client, origin: str, method: str = "options", address: str = "/api/v1/me") -> Any:
    """The answer to a request from a page of another site."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    return getattr(client, method)(address, headers=headers)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.app.example.com.attacker",
        "https://app.example.com.attacker",
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://sub.app.example.com",
        "https://APP.example.com.",
        "file://",
        "*",
        "",
    ],
)
@pytest.mark.parametrize("method", ["options", "get", "post"])
def test_a24_other_origins_get_no_permission(client: Client, origin: str, method: str) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[FRIEND]):
        answer = allowed(client, origin, method)
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_a24_a_listed_origin_may_call_without_cookies(client: Client) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[FRIEND]):
        asked, got = allowed(client, FRIEND), allowed(client, FRIEND, "get")
        page = allowed(client, FRIEND, "get", "/admin/login/")
    assert asked["Access-Control-Allow-Origin"] == got["Access-Control-Allow-Origin"] == FRIEND
    assert "Access-Control-Allow-Credentials" not in {**asked.headers, **got.headers}
    assert "origin" in got["Vary"].lower()
    assert "authorization" in asked["Access-Control-Allow-Headers"]
    assert "cookie" not in asked["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in page.headers


def test_a24_nobody_is_listed_by_default(client: Client) -> None:
    assert settings.CORS_ALLOWED_ORIGINS == [] and not settings.CORS_ALLOW_CREDENTIALS
    assert "Access-Control-Allow-Origin" not in allowed(client, FRIEND).headers


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", "auth/session/logout"),
        ("delete", "auth/sessions"),
        ("post", "me/wallets"),
        ("post", "me/wallets/challenge"),
    ],
)
def test_a24_a_cookie_changes_nothing_without_its_csrf_token(method: str, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ada"))
    answer = getattr(client, method)(f"/api/v1/{address}", {}, content_type="application/json")
    assert answer.status_code == 403


def test_a24_the_cookie_is_unreadable_and_stays_on_the_site(client: Client) -> None:
    client.force_login(User.objects.create_user("ada"))
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


SHOWN = [
    "SIGNIN_DOMAINS",
    "SIGNIN_SCHEMES",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_NAME",
    "DEV_USER_HEADER",
    "CHAIN_RPC_URLS",
    "SIGNIN_CHAINS",
    "ACCESS_KEYS",
]
CODE = (
    "import json, django; from django.conf import settings; "
    f"print(json.dumps({{name: getattr(settings, name) for name in {SHOWN!r}}}))"
)
PRODUCTION = {
    "PUMPPARTY_PRODUCTION": "1",
    "PUMPPARTY_SECRET_KEY": "s" * 50,
    "PUMPPARTY_HOSTS": "pump.example",
    "PUMPPARTY_SIGNIN_DOMAINS": "pump.example",
    "PUMPPARTY_ACCESS_KEYS": f"k2:{'2' * 32},k1:{'1' * 32}",
}


def configured(**variables: str) -> tuple[dict[str, Any], str]:
    """The settings of a process with these variables, and what it said of them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PUMPPARTY_")}
    environment = {
        **kept,
        "PUMPPARTY_DATA": str(settings.DATA_DIR),
        "PUMPPARTY_NO_BOOTSTRAP": "1",
        **variables,
    }
    environment["DJANGO_SETTINGS_MODULE"] = "pumpparty.settings"
    run = subprocess.run(
        [sys.executable, "-c", CODE],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return (json.loads(run.stdout) if run.returncode == 0 else {}), run.stderr


def test_a24_production_hardens_the_cookies_and_takes_its_keys() -> None:
    found, _ = configured(**PRODUCTION)
    assert (found["SESSION_COOKIE_NAME"], found["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert found["SESSION_COOKIE_SECURE"] and found["SIGNIN_SCHEMES"] == ["https"]
    assert found["SIGNIN_DOMAINS"] == ["pump.example"] and not found["DEV_USER_HEADER"]
    assert found["ACCESS_KEYS"] == [["k2", "2" * 32], ["k1", "1" * 32]]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PUMPPARTY_SIGNIN_DOMAINS", "", "must be set"),
        ("PUMPPARTY_ACCESS_KEYS", "", "must be set"),
        ("PUMPPARTY_ACCESS_KEYS", "k1:short", "at least 32"),
        ("PUMPPARTY_ACCESS_KEYS", f"k1:{'1' * 32},k1:{'2' * 32}", "twice"),
        ("PUMPPARTY_ACCESS_KEYS", f"../k:{'1' * 32}", "id:secret"),
        ("PUMPPARTY_DEV_USER_HEADER", "1", "must not be set"),
        ("PUMPPARTY_SIGNIN_DOMAINS", "https://pump.example", "no host"),
        ("PUMPPARTY_SIGNIN_CHAINS", "4326,mainnet", "no chain id"),
        ("PUMPPARTY_CHAIN_RPC", "4326=ftp://x", "no http address"),
        ("PUMPPARTY_PROXY_HOPS", "-1", "whole number"),
    ],
)
def test_settings_that_would_open_a_door_are_refused_in_a_line(variable: str, value: str, words: str) -> None:
    found, said = configured(**{**PRODUCTION, variable: value})
    assert found == {} and words in said.splitlines()[-1] and variable in said.splitlines()[-1]


def test_a_development_machine_signs_in_on_its_own_port() -> None:
    found, said = configured(
        PUMPPARTY_PORT="8123", PUMPPARTY_CHAIN_RPC="4326=https://rpc.example,6343=http://x"
    )
    assert {"localhost", "localhost:8123", "127.0.0.1:8123", "[::1]:8123"} <= set(found["SIGNIN_DOMAINS"]), (
        said
    )
    assert "localhost:8000" not in found["SIGNIN_DOMAINS"] and found["SIGNIN_SCHEMES"] == ["http"]
    assert found["CHAIN_RPC_URLS"] == {"4326": "https://rpc.example", "6343": "http://x"}
    assert [len(key) for _, key in found["ACCESS_KEYS"]] == [64]
