"""Several at once on PostgreSQL: one start is spent once, one profile is linked once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from apps.core.errors import DomainError
from apps.terminal.models import ProfileSnapshot, TerminalLink
from apps.terminal.services import linking
from apps.terminal.types import LinkStatus
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.terminal.conftest import BY, NOW
from tests.terminal.fake_terminal import FakeTerminal

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time"),
]
WORKERS = 6


def together(act: Callable[[int], Any]) -> list[Any]:
    gate = Barrier(WORKERS)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return act(number)
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def finish(user: User, back: dict[str, str]) -> str:
    link = linking.complete_link(user=user, state=back["state"], code=back["code"], by=BY, now=NOW)
    return str(link.status)


def test_one_start_is_finished_once_by_many(ada: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    answers = together(lambda number: finish(ada, back))
    assert sorted(answers) == ["TERMINAL_STATE_USED"] * (WORKERS - 1) + [LinkStatus.LINKED]
    assert terminal.asked.count(("POST", "/token")) == 1
    assert (TerminalLink.objects.count(), ProfileSnapshot.objects.count()) == (1, 1)


def test_one_profile_is_linked_by_one_of_many(terminal: FakeTerminal, db: None) -> None:
    users = [create_user(username=f"user-{number}", by=BY, now=NOW) for number in range(WORKERS)]
    backs = [
        terminal.authorize(linking.begin_link(user=user, by=BY, now=NOW).authorize_url) for user in users
    ]
    answers = together(lambda number: finish(users[number], backs[number]))
    assert sorted(answers) == ["TERMINAL_PROFILE_TAKEN"] * (WORKERS - 1) + [LinkStatus.LINKED]
    assert ProfileSnapshot.objects.count() == 1
