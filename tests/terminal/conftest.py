"""A user, a Terminal, and an arena that knows it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from apps.core import limits
from apps.operations.audit import Actor
from apps.terminal.models import TerminalLink
from apps.terminal.services import linking
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.terminal.fake_terminal import REDIRECT, FakeTerminal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BY = Actor.system("tests.terminal")


@pytest.fixture
def unconfigured(settings: Settings) -> None:
    settings.TERMINAL_AUTHORIZE_URL = settings.TERMINAL_TOKEN_URL = ""
    settings.TERMINAL_PROFILE_URL = settings.TERMINAL_REDIRECT_URI = ""


@pytest.fixture
def terminal(settings: Settings) -> Iterator[FakeTerminal]:
    with FakeTerminal() as server:
        settings.TERMINAL_AUTHORIZE_URL = f"{server.url}/authorize?scope=profile"
        settings.TERMINAL_TOKEN_URL = f"{server.url}/token"
        settings.TERMINAL_PROFILE_URL = f"{server.url}/profile"
        settings.TERMINAL_REDIRECT_URI = REDIRECT
        limits.forget()
        yield server
        limits.forget()


@pytest.fixture
def ada(db: None) -> User:
    return create_user(username="ada", by=BY, now=NOW)


@pytest.fixture
def bob(db: None) -> User:
    return create_user(username="bob", by=BY, now=NOW)


def linked(user: User, terminal: FakeTerminal, *, now: datetime = NOW) -> TerminalLink:
    """Go through the whole flow for the user."""
    start = linking.begin_link(user=user, by=BY, now=now)
    back = terminal.authorize(start.authorize_url)
    return linking.complete_link(user=user, state=back["state"], code=back["code"], by=BY, now=now)
