"""Refresh rotation: one live token, the same child for a lost answer, the end of the family for a copy."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from apps.core import limits
from apps.core.errors import DomainError
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.invariants import one_live_token_per_session
from apps.users.models import RefreshToken, Session
from apps.users.services import sessions
from apps.users.services.rotation import Tokens, refresh
from apps.users.types import ClientInfo, SessionEnd
from tests.users.signing import CLIENT, NOW, enter, wallet

GRACE = settings.REFRESH_GRACE


def trade(token: str, seconds: float = 0) -> Tokens:
    """Refresh so many seconds after the test's moment."""
    return refresh(refresh_token=token, client=CLIENT, now=NOW + timedelta(seconds=seconds))


def refused(token: str, seconds: float = 0) -> str:
    """The code of a refused refresh."""
    with pytest.raises(DomainError) as refusal:
        trade(token, seconds)
    assert refusal.value.status == 401
    return refusal.value.code


@pytest.mark.django_db
def test_a_chain_of_refreshes_keeps_one_session_and_its_end() -> None:
    opened = enter(wallet())
    held, seen = opened.refresh, {opened.refresh}
    for step in range(1, 6):
        tokens = trade(held, step * 600)
        assert tokens.session == opened.session and tokens.refresh not in seen
        assert tokens.refresh_expires_at == opened.refresh_expires_at
        assert tokens.access_expires_at == NOW + timedelta(seconds=step * 600) + settings.ACCESS_TTL
        held = tokens.refresh
        seen.add(held)
    assert RefreshToken.objects.filter(rotated_at=None, revoked_at=None).count() == 1
    assert one_live_token_per_session() == []


@pytest.mark.django_db
def test_a15_a_used_token_outside_the_grace_ends_the_family() -> None:
    opened = enter(wallet())
    child = trade(opened.refresh, 1).refresh
    assert refused(opened.refresh, 1 + GRACE.total_seconds() + 0.001) == "REFRESH_REUSED"
    session = Session.objects.get()
    assert session.ended_because == SessionEnd.TOKEN_REUSED
    assert RefreshToken.objects.filter(revoked_at=None, rotated_at=None).count() == 0
    for token in (child, opened.refresh):
        assert refused(token, 13) == "REFRESH_REUSED"
    event = AuditEvent.objects.get(verb="users.session.reuse-detected")
    assert (event.subject_id, event.detail) == (session.public_id, {"sequence": 1})
    assert sessions.live_session(session.public_id, NOW) is None


@pytest.mark.django_db
def test_a15_a_grandparent_is_a_copy_even_within_the_grace() -> None:
    opened = enter(wallet())
    trade(trade(opened.refresh, 1).refresh, 2)
    assert refused(opened.refresh, 3) == "REFRESH_REUSED"


@pytest.mark.django_db
def test_a16_the_parent_gets_the_same_child_within_the_grace() -> None:
    opened = enter(wallet())
    child = trade(opened.refresh, 1).refresh
    for seconds in (1, 5, 1 + GRACE.total_seconds()):
        assert trade(opened.refresh, seconds).refresh == child
    assert RefreshToken.objects.count() == 2
    assert trade(child, 12).refresh != child


@pytest.mark.django_db
def test_a20_a_new_key_derives_new_children_and_repeats_the_old_ones() -> None:
    old, new = ("k1", "1" * 32), ("k2", "2" * 32)
    with override_settings(ACCESS_KEYS=[old]):
        opened = enter(wallet())
        child = trade(opened.refresh, 1).refresh
    with override_settings(ACCESS_KEYS=[new, old]):
        assert trade(opened.refresh, 2).refresh == child
        grandchild = trade(child, 3).refresh
        assert list(RefreshToken.objects.values_list("key_id", flat=True)) == ["k1", "k2", "k2"]
    with override_settings(ACCESS_KEYS=[new]):
        assert trade(child, 4).refresh == grandchild
        assert trade(grandchild, 5).session == opened.session
    with override_settings(ACCESS_KEYS=[("k3", "3" * 32)]):
        assert refused(grandchild, 6) == "TOKEN_INVALID"
    assert Session.objects.get().ended_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "token", ["", "pprt_", "pprt_" + "0" * 64, "ppsvc_" + "0" * 43, "pprt_\ud800", "pprt_" + "0" * 10_000]
)
def test_what_was_never_issued_is_no_token(token: str) -> None:
    opened = enter(wallet())
    assert refused(token) == "TOKEN_INVALID"
    assert refused(opened.access) == "TOKEN_INVALID"
    assert refused(RefreshToken.objects.get().digest) == "TOKEN_INVALID"


@pytest.mark.django_db
def test_a19_an_ended_session_refreshes_nothing() -> None:
    opened = enter(wallet())
    by = Actor.user(opened.user)
    child = trade(opened.refresh, 1).refresh
    assert sessions.end_session(session=opened.session, because=SessionEnd.SIGNED_OUT, by=by, now=NOW)
    assert not sessions.end_session(session=opened.session, because=SessionEnd.OPERATOR, by=by, now=NOW)
    for token in (child, opened.refresh):
        assert refused(token, 2) == "SESSION_ENDED"
    assert AuditEvent.objects.filter(verb="users.session.ended").count() == 1


@pytest.mark.django_db
def test_a19_a_disabled_person_refreshes_nothing() -> None:
    opened = enter(wallet())
    opened.user.is_active = False
    opened.user.save()
    assert refused(opened.refresh, 1) == "SESSION_ENDED"


@pytest.mark.django_db
def test_a_session_ends_thirty_days_after_the_wallet_was_proved() -> None:
    opened = enter(wallet())
    day = timedelta(days=1).total_seconds()
    tokens = trade(opened.refresh, 30 * day - 60)
    assert tokens.access_expires_at == opened.refresh_expires_at
    assert refused(tokens.refresh, 30 * day) == "SESSION_ENDED"
    by = Actor.system("tests.users")
    assert sessions.end_expired(by=by, now=NOW + timedelta(days=30), limit=10) == 1
    assert Session.objects.get().ended_because == SessionEnd.EXPIRED
    assert RefreshToken.objects.count() == 2
    assert sessions.end_expired(by=by, now=NOW + timedelta(days=37), limit=10) == 0
    assert RefreshToken.objects.count() == 0


@pytest.mark.django_db
def test_a21_refreshes_are_counted() -> None:
    opened = enter(wallet())
    for _ in range(120):
        trade(opened.refresh)
    with pytest.raises(limits.RateLimited):
        trade(opened.refresh)


class Family(RuleBasedStateMachine):
    """Whatever order tokens come back in: at most one is live, and a copy never outlives its family."""

    @initialize()
    def begin(self) -> None:
        limits.forget()
        self.seconds = 0.0
        self.client = ClientInfo(address="198.51.100.9")
        opened = enter(wallet(), client=self.client)
        self.session = opened.session
        self.chain = [opened.refresh]
        self.rotated_at: list[float] = []
        self.is_over = False

    @rule(seconds=st.sampled_from([0.5, 3.0, 9.0, 11.0, 600.0]))
    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    @rule(back=st.integers(0, 3))
    def present(self, back: int) -> None:
        place = max(len(self.chain) - 1 - back, 0)
        expected = self.expected(place)
        limits.forget()
        now = NOW + timedelta(seconds=self.seconds)
        try:
            got = refresh(refresh_token=self.chain[place], client=self.client, now=now).refresh
        except DomainError as error:
            got = error.code
        if expected == "new":
            assert got not in self.chain and got.startswith("pprt_")
            self.chain.append(got)
            self.rotated_at.append(self.seconds)
        else:
            assert got == expected
        self.is_over = self.is_over or expected == "REFRESH_REUSED"

    def expected(self, place: int) -> str:
        if self.is_over:
            return "REFRESH_REUSED"
        if place == len(self.chain) - 1:
            return "new"
        is_parent = place == len(self.chain) - 2
        in_grace = self.seconds - self.rotated_at[place] <= GRACE.total_seconds()
        return self.chain[place + 1] if is_parent and in_grace else "REFRESH_REUSED"

    @invariant()
    def one_is_live_or_none(self) -> None:
        assert one_live_token_per_session() == []
        live = RefreshToken.objects.filter(session=self.session, rotated_at=None, revoked_at=None).count()
        assert live == (0 if self.is_over else 1)
        assert (Session.objects.get(pk=self.session.pk).ended_at is not None) == self.is_over


class TestFamily(TestCase):
    """The machine, each run in its own transaction."""

    def test_a15_any_order_of_tokens_keeps_the_family_sound(self) -> None:
        def fresh() -> Family:
            RefreshToken.objects.all().delete()
            Session.objects.all().delete()
            return Family()

        run_state_machine_as_test(
            fresh,
            settings=hypothesis_settings(
                max_examples=20,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
