"""The PKCE flow: a start belongs to one user, counts once and not for long; a profile has one holder."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from apps.core import sealing
from apps.core.errors import Conflict, DomainError, NotFound
from apps.operations.models import AuditEvent
from apps.terminal import queries
from apps.terminal.models import LinkAttempt, ProfileSnapshot, TerminalLink
from apps.terminal.services import linking, syncing
from apps.terminal.types import LinkStatus
from apps.users.models import User
from tests.terminal.conftest import BY, NOW, linked
from tests.terminal.fake_terminal import CANARY, REDIRECT, FakeTerminal, said

pytestmark = pytest.mark.django_db(transaction=True)


def refusal(user: User, state: str, code: str, *, after: timedelta = timedelta()) -> DomainError:
    with pytest.raises(DomainError) as refused:
        linking.complete_link(user=user, state=state, code=code, by=BY, now=NOW + after)
    return refused.value


def test_a_profile_is_linked_with_its_first_reading(ada: User, terminal: FakeTerminal) -> None:
    link = linked(ada, terminal)
    state = queries.link_state(user_id=ada.pk)
    assert (state.status, state.profile_id, state.handle) == (LinkStatus.LINKED, "815", "ada")
    assert (state.rank, state.total_points, state.synced_at) == (1204, "88213.5", NOW)
    assert state.expires_at == NOW + timedelta(hours=1)
    verbs = AuditEvent.objects.filter(verb__startswith="terminal.").values_list("verb", flat=True)
    assert sorted(verbs) == ["terminal.link.begun", "terminal.link.completed"]
    assert link.status == LinkStatus.LINKED


def test_the_browser_is_sent_with_everything_the_flow_needs(ada: User, terminal: FakeTerminal) -> None:
    start = linking.begin_link(user=ada, by=BY, now=NOW)
    query = parse_qs(urlsplit(start.authorize_url).query)
    assert query.keys() == {
        "scope",  # of the configured address
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
    }
    assert (query["client_id"], query["redirect_uri"]) == (["pumpparty"], [REDIRECT])
    assert start.expires_at == NOW + timedelta(minutes=10)
    attempt = LinkAttempt.objects.get()
    assert query["state"][0] not in (attempt.state_digest, attempt.sealed_verifier)


def test_two_starts_share_neither_state_nor_challenge(ada: User, terminal: FakeTerminal) -> None:
    starts = [linking.begin_link(user=ada, by=BY, now=NOW).authorize_url for _ in range(2)]
    first, second = (parse_qs(urlsplit(url).query) for url in starts)
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_a_start_counts_once(ada: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    linking.complete_link(user=ada, state=back["state"], code=back["code"], by=BY, now=NOW)
    assert refusal(ada, back["state"], back["code"]).code == "TERMINAL_STATE_USED"
    assert LinkAttempt.objects.get().sealed_verifier == ""


def test_a_start_of_somebody_else_does_not_count(ada: User, bob: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    assert refusal(bob, back["state"], back["code"]).code == "TERMINAL_STATE_UNKNOWN"
    assert ("POST", "/token") not in terminal.asked
    linking.complete_link(user=ada, state=back["state"], code=back["code"], by=BY, now=NOW)
    assert queries.find_link(user_id=bob.pk) is None


def test_a_start_lasts_ten_minutes(ada: User, terminal: FakeTerminal) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    late = refusal(ada, back["state"], back["code"], after=timedelta(minutes=10))
    assert late.code == "TERMINAL_STATE_EXPIRED"
    assert ("POST", "/token") not in terminal.asked


def test_a_new_start_takes_the_place_of_the_old(ada: User, terminal: FakeTerminal) -> None:
    old = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    linking.begin_link(user=ada, by=BY, now=NOW)
    assert refusal(ada, old["state"], old["code"]).code == "TERMINAL_STATE_UNKNOWN"
    assert LinkAttempt.objects.count() == 1


@pytest.mark.parametrize("state", ["", "x", "é" * 40, "\ud800"])
def test_a_state_never_sent_out_does_not_count(ada: User, terminal: FakeTerminal, state: str) -> None:
    assert refusal(ada, state, "code").code == "TERMINAL_STATE_UNKNOWN"


def test_a_code_of_another_start_is_refused_by_the_terminal(
    ada: User, bob: User, terminal: FakeTerminal
) -> None:
    mine = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    theirs = terminal.authorize(linking.begin_link(user=bob, by=BY, now=NOW).authorize_url)
    assert refusal(ada, mine["state"], theirs["code"]).code == "TERMINAL_REFUSED"
    assert TerminalLink.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "answer", "problem"),
    [
        ("/token", said(400, {"error": "invalid_grant"}), ("TERMINAL_REFUSED", 409)),
        ("/token", said(500, {}), ("TERMINAL_UNAVAILABLE", 503)),
        ("/token", said(429, {}), ("TERMINAL_UNAVAILABLE", 503)),
        ("/token", (302, {"Location": "http://127.0.0.1:9/"}, b""), ("TERMINAL_UNAVAILABLE", 503)),
        ("/token", (200, {}, b"<html>"), ("TERMINAL_UNAVAILABLE", 503)),
        ("/token", said(200, {"token_type": "Bearer"}), ("TERMINAL_UNAVAILABLE", 503)),
        ("/profile", said(401, {}), ("TERMINAL_REFUSED", 409)),
        ("/profile", said(200, {"id": 1}), ("TERMINAL_UNAVAILABLE", 503)),
        ("/profile", (200, {}, b" " * 70_000), ("TERMINAL_UNAVAILABLE", 503)),
    ],
)
def test_a_terminal_that_fails_leaves_no_link_and_a_spent_start(
    ada: User, terminal: FakeTerminal, path: str, answer: Any, problem: tuple[str, int]
) -> None:
    back = terminal.authorize(linking.begin_link(user=ada, by=BY, now=NOW).authorize_url)
    terminal.broken[path] = answer
    refused = refusal(ada, back["state"], back["code"])
    assert ((refused.code, refused.status), refused.retryable) == (problem, False)
    assert CANARY not in refused.detail
    assert (TerminalLink.objects.count(), ProfileSnapshot.objects.count()) == (0, 0)
    assert refusal(ada, back["state"], back["code"]).code == "TERMINAL_STATE_USED"
    del terminal.broken[path]
    assert linked(ada, terminal).status == LinkStatus.LINKED


def test_a_linked_user_unlinks_before_linking_again(ada: User, terminal: FakeTerminal) -> None:
    linked(ada, terminal)
    with pytest.raises(Conflict) as refused:
        linking.begin_link(user=ada, by=BY, now=NOW)
    assert refused.value.code == "TERMINAL_ALREADY_LINKED"
    ended = linking.unlink(user=ada, by=BY, now=NOW + timedelta(minutes=1))
    assert (ended.status, ended.sealed_token) == (LinkStatus.UNLINKED, "")
    assert ended.ended_at == NOW + timedelta(minutes=1)
    linked(ada, terminal)
    assert TerminalLink.objects.filter(user=ada).count() == 2


def test_unlinking_nothing_is_not_found(ada: User, terminal: FakeTerminal) -> None:
    with pytest.raises(NotFound) as refused:
        linking.unlink(user=ada, by=BY, now=NOW)
    assert refused.value.code == "TERMINAL_NOT_LINKED"


def test_a_profile_has_one_holder(ada: User, bob: User, terminal: FakeTerminal) -> None:
    linked(ada, terminal)
    back = terminal.authorize(linking.begin_link(user=bob, by=BY, now=NOW).authorize_url)
    assert refusal(bob, back["state"], back["code"]).code == "TERMINAL_PROFILE_TAKEN"
    assert queries.link_state(user_id=bob.pk).status == LinkStatus.UNLINKED
    linking.unlink(user=ada, by=BY, now=NOW)
    assert linked(bob, terminal).user_id == bob.pk


def test_an_expired_link_gives_way_to_whoever_proves_the_profile_now(
    ada: User, bob: User, terminal: FakeTerminal
) -> None:
    old = linked(ada, terminal)
    late = NOW + timedelta(hours=2)
    assert syncing.sync_profile(link=old, now=late) is syncing.Outcome.EXPIRED
    linked(bob, terminal, now=late)
    old.refresh_from_db()
    assert (old.status, old.ended_at) == (LinkStatus.UNLINKED, late)


def test_an_expired_link_is_linked_again(ada: User, terminal: FakeTerminal) -> None:
    old = linked(ada, terminal)
    late = NOW + timedelta(hours=2)
    syncing.sync_profile(link=old, now=late)
    assert queries.link_state(user_id=ada.pk).status == LinkStatus.EXPIRED
    new = linked(ada, terminal, now=late)
    old.refresh_from_db()
    assert (old.status, new.status) == (LinkStatus.UNLINKED, LinkStatus.LINKED)
    assert queries.link_state(user_id=ada.pk).id == new.public_id


def test_without_a_terminal_the_link_is_off(ada: User, unconfigured: None) -> None:
    for act in (
        lambda: linking.begin_link(user=ada, by=BY, now=NOW),
        lambda: linking.complete_link(user=ada, state="s", code="c", by=BY, now=NOW),
    ):
        with pytest.raises(linking.NotConfigured) as refused:
            act()
        assert (refused.value.code, refused.value.status) == ("TERMINAL_NOT_CONFIGURED", 503)
    assert queries.link_state(user_id=ada.pk).available is False
    assert LinkAttempt.objects.count() == 0


def test_the_token_is_kept_sealed(ada: User, terminal: FakeTerminal, settings: Settings) -> None:
    link = linked(ada, terminal)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM terminal_terminallink")
        assert CANARY not in str(cursor.fetchall())
    assert sealing.unseal(link.sealed_token, keys=settings.TERMINAL_KEYS).startswith(CANARY)
