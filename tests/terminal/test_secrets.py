"""A25: somebody else's token is nowhere to be read: answers, logs, console, error pages, printed values."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core import serializers
from django.test import Client
from pytest_django.fixtures import Settings

from apps.operations.models import AuditEvent, WorkerHeartbeat
from apps.terminal.models import LinkAttempt, TerminalLink
from apps.terminal.services import linking, readings, syncing
from apps.terminal.types import Token
from apps.users.models import User
from tests.terminal.conftest import BY, NOW, linked
from tests.terminal.fake_terminal import CANARY, FakeTerminal, said

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/terminal/link"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser(username="root", password="long enough for this"))
    return client


def secrets_of(link: TerminalLink, terminal: FakeTerminal) -> list[str]:
    """Every secret of the link, in the clear and sealed."""
    assert terminal.tokens
    return [*terminal.tokens, link.sealed_token]


def test_a25_no_answer_of_the_api_shows_the_token(client: Client, ada: User, terminal: FakeTerminal) -> None:
    client.force_login(ada)
    back = terminal.authorize(client.post(API).json()["authorizeUrl"])
    answers = [client.post(f"{API}/complete", back, content_type="application/json"), client.get(API)]
    hidden = secrets_of(TerminalLink.objects.get(), terminal)
    answers += [client.get("/api/v1/me"), client.delete(API), client.get(API)]
    assert answers[0].status_code == 200
    for answer in answers:
        assert not [
            secret for secret in hidden if secret.encode() in answer.content + str(answer.headers).encode()
        ]


def test_a25_no_line_of_the_log_shows_the_token(
    ada: User, terminal: FakeTerminal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    terminal.lifetime = 7 * 24 * 3600
    link = linked(ada, terminal)
    hidden = secrets_of(link, terminal)
    syncing.sync_due_profiles(now=NOW + timedelta(hours=1), limit=5)
    for answer in (
        said(500, {"token": hidden[0]}),
        (200, {}, hidden[0].encode()),
        said(200, {"id": hidden[0]}),
    ):
        terminal.broken["/profile"] = answer
        syncing.sync_profile(link=link, now=NOW + timedelta(hours=2))
    terminal.broken.clear()
    monkeypatch.setattr(readings, "keep", broken)
    TerminalLink.objects.update(next_sync_at=NOW)
    assert syncing.sync_due_profiles(now=NOW + timedelta(hours=3), limit=5).failed == 1
    assert "a defect" in caplog.text  # the log was listening
    assert not [secret for secret in hidden if secret in caplog.text]
    kept = serializers.serialize("json", [*AuditEvent.objects.all(), *WorkerHeartbeat.objects.all()])
    link.refresh_from_db()
    assert not [secret for secret in hidden if secret in kept + link.last_error]


def broken(**given: Any) -> None:
    raise ZeroDivisionError("a defect")


def test_a25_no_page_of_the_console_shows_the_token(
    operator: Client, ada: User, terminal: FakeTerminal
) -> None:
    link = linked(ada, terminal)
    hidden = secrets_of(link, terminal)
    pages = [
        "/admin/terminal/terminallink/",
        f"/admin/terminal/terminallink/?q={link.public_id}",
        f"/admin/terminal/terminallink/{link.pk}/change/",
        f"/admin/terminal/terminallink/{link.pk}/history/",
        "/admin/terminal/profilesnapshot/",
        f"/admin/users/user/{ada.pk}/change/",
        "/admin/",
    ]
    for path in pages:
        answer = operator.get(path)
        assert answer.status_code == 200, path
        assert not [secret for secret in hidden if secret in answer.content.decode()], path
    assert "ada" in operator.get(pages[2]).content.decode()
    assert LinkAttempt not in admin.site._registry


def test_a25_the_console_cannot_be_made_to_show_or_search_it(operator: Client, ada: User) -> None:
    shown = {
        name
        for model_admin in (admin.site._registry[TerminalLink],)
        for names in (model_admin.list_display, model_admin.search_fields, model_admin.fields or ())
        for name in names
    }
    assert not [name for name in shown if "sealed" in str(name)]
    answer = operator.get("/admin/terminal/terminallink/?sealed_token__startswith=g")
    assert answer.status_code in {302, 400}  # a lookup that is not allowed


@pytest.mark.parametrize("debug", [False, True])
def test_a25_no_error_page_shows_the_token(
    ada: User, terminal: FakeTerminal, settings: Settings, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    settings.DEBUG = debug
    browser = Client(raise_request_exception=False)
    browser.force_login(ada)
    back = terminal.authorize(browser.post(API).json()["authorizeUrl"])
    monkeypatch.setattr(readings, "keep", broken)
    answer = browser.post(f"{API}/complete", back, content_type="application/json")
    assert answer.status_code == 500
    assert terminal.tokens
    assert CANARY not in answer.content.decode()
    for secret in settings.TERMINAL_KEYS:
        assert secret not in answer.content.decode()


def test_a25_a_refusal_repeats_nothing_of_the_answer(ada: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    leaky = {"access_token": CANARY + "x", "token_type": "mac"}
    terminal.broken["/token"] = said(200, leaky)
    with pytest.raises(Exception) as refused:
        linking.complete_link(user=ada, state=back["state"], code=back["code"], by=BY, now=NOW)
    chain: BaseException | None = refused.value
    while chain is not None:
        assert CANARY not in f"{chain!r} {chain}"
        chain = chain.__cause__


def test_a25_printing_shows_nothing(ada: User, terminal: FakeTerminal) -> None:
    token = Token(secret=CANARY, lifetime_seconds=5)
    assert CANARY not in f"{token!r} {token} {[token]}"
    start = linking.begin_link(user=ada, by=BY, now=NOW)
    assert "state" not in repr(start)
    back = terminal.authorize(start.authorize_url)
    link = linking.complete_link(user=ada, state=back["state"], code=back["code"], by=BY, now=NOW)
    assert not [secret for secret in secrets_of(link, terminal) if secret in f"{link!r} {link}"]
