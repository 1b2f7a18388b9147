"""I-30: every planted violation of sign-in is named, and nothing else is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.operations.audit import Actor
from apps.operations.invariants import examine, registered
from apps.users.models import Challenge, RefreshToken, Session
from apps.users.services import sessions
from apps.users.services.rotation import refresh
from apps.users.types import SessionEnd
from tests.users.signing import CLIENT, NOW, ask, enter, wallet

pytestmark = pytest.mark.django_db


def offences() -> tuple[str, ...]:
    """What I-30 finds."""
    (item,) = registered(only=("I-30",))
    return examine(item).offences


@pytest.fixture
def world() -> Session:
    """Three people: one refreshed, one signed out, one with an open challenge beside."""
    opened = enter(wallet(1))
    refresh(refresh_token=opened.refresh, client=CLIENT, now=NOW)
    gone = enter(wallet(2))
    by = Actor.user(gone.user)
    sessions.end_session(session=gone.session, because=SessionEnd.SIGNED_OUT, by=by, now=NOW)
    ask(wallet(3))
    return opened.session


def test_i30_holds_in_a_sound_world(world: Session) -> None:
    assert offences() == ()


def test_i30_names_an_ended_session_with_a_live_token(world: Session) -> None:
    Session.objects.filter(pk=world.pk).update(ended_at=NOW, ended_because=SessionEnd.REVOKED)
    assert offences() == (f"ended session {world.public_id} has a live refresh token",)


def test_i30_names_a_chain_that_lost_its_end(world: Session) -> None:
    RefreshToken.objects.get(session=world, sequence=2).delete()
    assert offences() == (f"session {world.public_id} lost the successor of token 1",)


@pytest.mark.parametrize("seconds", [-61, 300])
def test_i30_names_a_challenge_used_outside_its_time(world: Session, seconds: int) -> None:
    challenge = Challenge.objects.filter(consumed_at__isnull=True).get()
    Challenge.objects.filter(pk=challenge.pk).update(consumed_at=NOW + timedelta(seconds=seconds))
    assert offences() == (f"challenge {challenge.pk} was used outside its time",)


def test_i30_two_live_tokens_are_refused_by_the_table_itself(world: Session) -> None:
    live = RefreshToken.objects.get(session=world, sequence=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        RefreshToken.objects.create(
            session=world, sequence=3, digest="0" * 64, key_id="k", issued_at=NOW, expires_at=live.expires_at
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=world.pk).update(ended_at=NOW)


def test_i30_forgives_servers_whose_clocks_differ_a_little(world: Session) -> None:
    Challenge.objects.filter(consumed_at=None).update(consumed_at=NOW - timedelta(seconds=60))
    assert offences() == ()
    Challenge.objects.update(consumed_at=NOW - timedelta(seconds=61))
    assert len(offences()) == 3
