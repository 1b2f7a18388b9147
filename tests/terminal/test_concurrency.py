"""Several at once on PostgreSQL: one start is spent once, one profile is linked once."""

from apps.terminal.models import ProfileSnapshot, TerminalLink
from apps.terminal.services import linking
from apps.terminal.types import LinkStatus
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.contenders import RACE, crowd
from tests.terminal.conftest import BY, NOW
from tests.terminal.fake_terminal import FakeTerminal

pytestmark = RACE
WORKERS = 6


def finish(user: User, back: dict[str, str]) -> str:
    link = linking.complete_link(user=user, state=back["state"], code=back["code"], by=BY, now=NOW)
    return str(link.status)


def test_one_start_is_finished_once_by_many(ada: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    answers = crowd(WORKERS, lambda number: finish(ada, back))
    assert sorted(answers) == ["TERMINAL_STATE_USED"] * (WORKERS - 1) + [LinkStatus.LINKED]
    assert terminal.asked.count(("POST", "/token")) == 1
    assert (TerminalLink.objects.count(), ProfileSnapshot.objects.count()) == (1, 1)


def test_one_profile_is_linked_by_one_of_many(terminal: FakeTerminal, db: None) -> None:
    users = [create_user(username=f"user-{number}", by=BY, now=NOW) for number in range(WORKERS)]
    backs = [
        terminal.authorize(linking.begin_link(user=user, by=BY, now=NOW).authorize_url) for user in users
    ]
    answers = crowd(WORKERS, lambda number: finish(users[number], backs[number]))
    assert sorted(answers) == ["TERMINAL_PROFILE_TAKEN"] * (WORKERS - 1) + [LinkStatus.LINKED]
    assert ProfileSnapshot.objects.count() == 1
