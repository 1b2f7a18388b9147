"""Reading profiles again: history grows, expired tokens end, failures back off and stop nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from apps.core import sealing
from apps.core.errors import DomainError
from apps.operations import cadence
from apps.terminal.adapters import client
from apps.terminal.models import ProfileSnapshot, TerminalLink
from apps.terminal.services import linking, readings, syncing
from apps.terminal.services.syncing import Outcome
from apps.terminal.types import LinkStatus
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.terminal.conftest import BY, NOW, linked
from tests.terminal.fake_terminal import FakeTerminal, said

pytestmark = pytest.mark.django_db(transaction=True)
SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def link(ada: User, terminal: FakeTerminal) -> TerminalLink:
    terminal.lifetime = 7 * 24 * 3600
    return linked(ada, terminal)


def points() -> list[tuple[int | None, str]]:
    return list(ProfileSnapshot.objects.order_by("at").values_list("rank", "total_points"))


def test_a_reading_is_added_to_the_history(link: TerminalLink, terminal: FakeTerminal) -> None:
    terminal.profile |= {"rank": 1100, "totalPoints": "90000.125", "handle": "ada.l"}
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.READ
    link.refresh_from_db()
    assert points() == [(1204, "88213.5"), (1100, "90000.125")]
    assert (link.handle, link.synced_at, link.sync_failures) == ("ada.l", SOON, 0)
    assert link.next_sync_at == SOON + readings.READ_EVERY


def test_readings_cannot_be_changed(link: TerminalLink) -> None:
    with pytest.raises(DomainError) as refused:
        ProfileSnapshot.objects.update(total_points="1")
    assert refused.value.code == "ROW_IMMUTABLE"


def test_only_what_is_due_is_read_and_at_most_so_many(terminal: FakeTerminal, link: TerminalLink) -> None:
    for number in range(3):
        terminal.profile = {"id": number, "rank": None, "totalPoints": 0}
        linked(create_user(username=f"user-{number}", by=BY, now=NOW), terminal)
    assert syncing.sync_due_profiles(now=SOON, limit=10).seen == 0
    later = NOW + timedelta(minutes=61)
    report = syncing.sync_due_profiles(now=later, limit=3)
    assert (report.seen, report.done, report.failed) == (3, 3, 0)
    assert syncing.sync_due_profiles(now=later, limit=3).seen == 1
    assert syncing.sync_due_profiles(now=later, limit=3).seen == 0


def test_a_token_that_outlived_its_time_is_not_even_tried(link: TerminalLink, terminal: FakeTerminal) -> None:
    terminal.asked.clear()
    report = syncing.sync_due_profiles(now=NOW + timedelta(days=7), limit=10)
    link.refresh_from_db()
    assert (report.done, link.status, link.sealed_token) == (1, LinkStatus.EXPIRED, "")
    assert terminal.asked == []


def test_the_next_reading_comes_no_later_than_the_end_of_the_token(ada: User, terminal: FakeTerminal) -> None:
    terminal.lifetime = 600
    assert linked(ada, terminal).next_sync_at == NOW + timedelta(minutes=10)


def test_a_token_the_terminal_no_longer_knows_expires_the_link(
    link: TerminalLink, terminal: FakeTerminal
) -> None:
    terminal.tokens.clear()
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.EXPIRED
    link.refresh_from_db()
    assert (link.status, link.sealed_token) == (LinkStatus.EXPIRED, "")
    assert syncing.sync_due_profiles(now=NOW + timedelta(days=1), limit=10).seen == 0


@pytest.mark.parametrize(
    "answer",
    [
        said(500, {}),
        said(429, {}),
        said(403, {}),
        (302, {"Location": "http://127.0.0.1:9/"}, b""),
        (200, {}, b"<html>soon</html>"),
        (200, {}, b"[" * 5000),
        said(200, {"id": 815, "rank": "1", "totalPoints": "1"}),
        said(200, {"id": 816, "rank": 1, "totalPoints": "1"}),
    ],
    ids=["500", "429", "403", "redirect", "html", "deep", "nonsense", "another-profile"],
)
def test_a_failed_reading_waits_longer_each_time_and_keeps_the_link(
    link: TerminalLink, terminal: FakeTerminal, answer: Any
) -> None:
    terminal.broken["/profile"] = answer
    for failures, minutes in ((1, 5), (2, 10), (3, 20)):
        assert syncing.sync_profile(link=link, now=SOON) is Outcome.FAILED
        link.refresh_from_db()
        assert (link.sync_failures, link.status) == (failures, LinkStatus.LINKED)
        assert link.next_sync_at == SOON + timedelta(minutes=minutes)
    assert link.last_error
    assert len(points()) == 1
    terminal.broken.clear()
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.READ
    link.refresh_from_db()
    assert (link.sync_failures, link.last_error) == (0, "")


def test_the_wait_after_many_failures_is_a_day() -> None:
    waits = [readings.next_retry(now=NOW, failures=count) - NOW for count in (9, 10, 1000, 10**6)]
    assert waits == [timedelta(minutes=1280), *[timedelta(days=1)] * 3]


def test_one_bad_link_stops_no_other(
    link: TerminalLink, terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.profile = {"id": 2, "rank": 5, "totalPoints": "7"}
    other = linked(create_user(username="eve", by=BY, now=NOW), terminal)
    TerminalLink.objects.filter(pk=link.pk).update(next_sync_at=NOW - timedelta(days=1))
    right, turns = client.read_profile, iter([True, False])

    def read(**asked: Any) -> Any:
        if next(turns):
            raise ZeroDivisionError("a defect")
        return right(**asked)

    monkeypatch.setattr(client, "read_profile", read)
    later = NOW + timedelta(hours=2)
    report = syncing.sync_due_profiles(now=later, limit=10)
    assert (report.seen, report.done, report.failed) == (2, 1, 1)
    link.refresh_from_db()
    other.refresh_from_db()
    assert (link.sync_failures, link.last_error, other.synced_at) == (1, "ZeroDivisionError", later)


def test_a_link_that_ended_meanwhile_gets_no_reading(
    link: TerminalLink, ada: User, terminal: FakeTerminal
) -> None:
    stale = TerminalLink.objects.get(pk=link.pk)
    linking.unlink(user=ada, by=BY, now=SOON)
    assert syncing.sync_profile(link=stale, now=SOON) is Outcome.GONE
    terminal.tokens.clear()
    assert syncing.sync_profile(link=stale, now=SOON) is Outcome.GONE
    link.refresh_from_db()
    assert (link.status, link.sealed_token, len(points())) == (LinkStatus.UNLINKED, "", 1)


def test_a_reading_seals_the_token_with_the_newest_key(
    link: TerminalLink, terminal: FakeTerminal, settings: Settings
) -> None:
    old, new = settings.TERMINAL_KEYS[0], Fernet.generate_key().decode()
    settings.TERMINAL_KEYS = [new, old]
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.READ
    link.refresh_from_db()
    settings.TERMINAL_KEYS = [new]
    assert sealing.unseal(link.sealed_token, keys=[new])
    assert syncing.sync_profile(link=link, now=NOW + timedelta(minutes=2)) is Outcome.READ


def test_a_token_no_key_opens_waits_for_its_key(
    link: TerminalLink, terminal: FakeTerminal, settings: Settings
) -> None:
    old, settings.TERMINAL_KEYS = settings.TERMINAL_KEYS, [Fernet.generate_key().decode()]
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.FAILED
    link.refresh_from_db()
    assert (link.status, link.last_error) == (LinkStatus.LINKED, "No present key opens the token.")
    settings.TERMINAL_KEYS = old
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.READ


def test_a_terminal_that_hangs_is_left_after_its_time(
    link: TerminalLink, terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    terminal.broken["/profile"] = (0, {}, b"")
    assert syncing.sync_profile(link=link, now=SOON) is Outcome.FAILED


def test_the_worker_reads_what_is_due(link: TerminalLink) -> None:
    TerminalLink.objects.update(next_sync_at=NOW - timedelta(days=1))
    outcome = cadence.run_once("terminal.sync-profiles", force=True)
    assert (outcome.status, outcome.report.done) == ("succeeded", 1)


def test_without_a_terminal_the_worker_does_nothing(link: TerminalLink, unconfigured: None) -> None:
    TerminalLink.objects.update(next_sync_at=NOW - timedelta(days=1))
    outcome = cadence.run_once("terminal.sync-profiles", force=True)
    assert (outcome.status, outcome.report.seen) == ("succeeded", 0)
