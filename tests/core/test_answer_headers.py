"""What every answer tells browsers and caches, and what production demands before it starts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client, override_settings

from pumpparty import site_settings

PRODUCTION = {
    "PUMPPARTY_PRODUCTION": "1",
    "PUMPPARTY_SECRET_KEY": "".join(map(chr, range(48, 110))),
    "PUMPPARTY_HOSTS": "pump.example",
    "PUMPPARTY_SIGNIN_DOMAINS": "pump.example",
    "PUMPPARTY_ACCESS_KEYS": f"k1:{'1' * 32}",
    "PUMPPARTY_PROXY_HOPS": "1",
}
BEHIND_PROXY = {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}


def policy_of(client: Client, path: str) -> dict[str, str]:
    """The directives of the policy that comes with the answer."""
    header = client.get(path).headers["Content-Security-Policy"]
    pairs = (part.strip().partition(" ") for part in header.split(";"))
    return {name: sources for name, _, sources in pairs}


def in_production(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in a production environment with these variables."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PUMPPARTY_", "DJANGO_"))
    }
    own = {"PUMPPARTY_DATA": str(settings.DATA_DIR), "PUMPPARTY_NO_BOOTSTRAP": "1"}
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
    return subprocess.run(
        command, env={**kept, **own, **PRODUCTION, **variables}, capture_output=True, text=True, check=False
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sign-in", "/how-it-works", "/nowhere"])
def test_players_pages_run_no_script_but_our_files(client: Client, path: str) -> None:
    policy = policy_of(client, path)
    assert policy["script-src"] == "'self'" and policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == "'self'"


@pytest.mark.django_db
def test_k12_the_console_runs_no_script_written_in_a_page(client: Client) -> None:
    policy = policy_of(client, "/admin/login/")
    assert "'unsafe-inline'" not in policy["script-src"] and policy["frame-ancestors"] == "'none'"


@pytest.mark.django_db
def test_no_page_holds_a_script_that_the_policy_would_stop(client: Client) -> None:
    for path in ("/", "/sign-in", "/auditions", "/admin/login/"):
        text = client.get(path).content.decode()
        scripts = re.findall(r"<script([^>]*)>", text)
        assert all("src=" in script or "json" in script for script in scripts), (path, scripts)
        assert not re.search(r"<[^>]+\son[a-z]+\s*=", text), path


def test_answers_of_the_api_may_do_nothing_and_are_kept_nowhere(client: Client) -> None:
    answer = client.get("/api/v1/nowhere")
    assert policy_of(client, "/api/v1/nowhere")["default-src"] == "'none'"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_page_for_one_reader_is_kept_by_nobody_else(client: Client, django_user_model: type) -> None:
    assert "Cache-Control" not in client.get("/how-it-works").headers
    client.force_login(django_user_model.objects.create_user("ada"))  # type: ignore[attr-defined]
    assert client.get("/how-it-works").headers["Cache-Control"] == "private, no-cache"
    assert client.get("/my").headers["Cache-Control"] == "no-store, private"


def test_pictures_may_come_from_their_own_site_and_forms_lead_out_only_to_the_terminal() -> None:
    policies = dict(site_settings.content_policies(media_origin="https://media.example", leaves_by_form=True))
    assert "img-src 'self' data: blob: https://media.example;" in policies["/"]
    assert policies["/"].endswith("form-action 'self' https:")
    assert policies["/admin/"].endswith("form-action 'self'")


@pytest.mark.django_db
@override_settings(**BEHIND_PROXY, SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True)
def test_a_form_sent_through_a_proxy_that_ends_tls_is_our_own() -> None:
    proxied = {"Host": "testserver", "X-Forwarded-Proto": "https"}
    browser = Client(enforce_csrf_checks=True, headers=proxied)
    token = browser.get("/sign-in").cookies[settings.CSRF_COOKIE_NAME].value
    sent = {"message": "none", "signature": "0x", "csrfmiddlewaretoken": token}
    ours = browser.post("/sign-in/complete", sent, headers={"Origin": "https://testserver"})
    assert ours.status_code == 401 and ours.json()["code"] == "SIWE_INVALID"
    theirs = browser.post("/sign-in/complete", sent, headers={"Origin": "https://evil.example"})
    assert theirs.status_code == 403


@override_settings(**BEHIND_PROXY, SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=3600)
def test_production_answers_over_tls_only_and_says_so() -> None:
    plain = Client().get("/api/v1/nowhere")
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://testserver/api/v1/nowhere")
    proxied = Client().get("/api/v1/nowhere", headers={"X-Forwarded-Proto": "https"})
    assert proxied.status_code == 404
    assert proxied.headers["Strict-Transport-Security"] == "max-age=3600"


def test_the_deployment_check_of_production_has_nothing_to_say() -> None:
    done = in_production("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("hosts", ["", "*", "pump.example,*"])
def test_production_names_its_hosts(hosts: str) -> None:
    done = in_production("check", PUMPPARTY_HOSTS=hosts)
    assert done.returncode != 0 and "PUMPPARTY_HOSTS must name" in done.stderr.splitlines()[-1]


def test_a_cache_that_is_away_is_empty(tmp_path: Path) -> None:
    nowhere = {"BACKEND": "apps.core.cache.ForgivingRedisCache", "LOCATION": f"unix://{tmp_path}/none.sock"}
    with override_settings(CACHES={"default": nowhere}):
        caches["default"].set("figures", 1)
        assert caches["default"].get("figures", "gone") == "gone"
