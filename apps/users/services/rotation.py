"""Refresh rotation: a token is traded once for its child; a copy that comes back later ends the whole family."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from apps.core import limits
from apps.operations import audit, failpoints
from apps.users.errors import RefreshReused, TokenInvalid
from apps.users.models import RefreshToken, Session
from apps.users.services import access, refresh_secrets, sessions
from apps.users.types import ClientInfo, SessionEnd

REFRESH_RATE = "120/minute"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a signed-in program holds: a short access token and a refresh token, each with its end."""

    session: Session
    access: str
    access_expires_at: datetime
    refresh: str
    refresh_expires_at: datetime


def issue_tokens(*, session: Session, refresh: str, now: datetime) -> Tokens:
    """The answer that carries `refresh`, with a new access token beside it."""
    token, expires_at = access.issue_access(session=session, now=now)
    return Tokens(session, token, expires_at, refresh, session.expires_at)


def refresh(*, refresh_token: str, client: ClientInfo, now: datetime) -> Tokens:
    """Trade a refresh token for its child.

    The parent of the live token gets the very same child again for REFRESH_GRACE, because an answer may be lost on
    its way. Any other used token raises RefreshReused and ends the session; TokenInvalid for what we never issued,
    SessionEnded where the session is over.
    """
    limits.take("users.refresh", client.rate_key, rate=REFRESH_RATE)
    presented = None
    if refresh_secrets.has_shape(refresh_token):
        presented = RefreshToken.objects.filter(digest=refresh_secrets.digest_of(refresh_token)).first()
    if presented is None:
        raise TokenInvalid("This is no refresh token of ours.")
    session, child = _trade(presented, refresh_token, now)
    failpoints.reach("users.after-rotate-commit")
    if child is None:
        raise RefreshReused("This token was used before; the sign-in was ended, sign in again.")
    return issue_tokens(session=session, refresh=child, now=now)


@transaction.atomic
def _trade(presented: RefreshToken, secret: str, now: datetime) -> tuple[Session, str | None]:
    """Rotate, repeat or, returning no child, end the family: the ending must be committed, not raised away."""
    session = (
        Session.objects.select_for_update(of=("self",)).select_related("user").get(pk=presented.session_id)
    )
    sessions.refuse_ended(session, now=now)
    child = _rotate(session, presented, secret, now) or _repeat(session, presented, secret, now)
    if child is None:
        system = audit.Actor.system("users.refresh")
        detail = {"sequence": presented.sequence}
        audit.record(verb="users.session.reuse-detected", by=system, subject=session, detail=detail, now=now)
        sessions.end_session(session=session, because=SessionEnd.TOKEN_REUSED, by=system, now=now)
    return session, child


def _rotate(session: Session, parent: RefreshToken, secret: str, now: datetime) -> str | None:
    key_id = refresh_secrets.signing_key_id()
    child = refresh_secrets.child_of(secret, session_id=session.public_id, key_id=key_id)
    unused = RefreshToken.objects.filter(pk=parent.pk, rotated_at__isnull=True, revoked_at__isnull=True)
    if child is None or not unused.update(rotated_at=now, key_id=key_id):
        return None
    RefreshToken.objects.create(
        session=session,
        sequence=parent.sequence + 1,
        digest=refresh_secrets.digest_of(child),
        key_id=key_id,
        issued_at=now,
        expires_at=session.expires_at,
    )
    failpoints.reach("users.before-rotate-commit")
    return child


def _repeat(session: Session, parent: RefreshToken, secret: str, now: datetime) -> str | None:
    """The same child once more: only while it is the live token, and only within the grace after its birth."""
    used = RefreshToken.objects.get(pk=parent.pk)
    if used.rotated_at is None or now - used.rotated_at > settings.REFRESH_GRACE:
        return None
    child = refresh_secrets.child_of(secret, session_id=session.public_id, key_id=used.key_id)
    if child is None:
        # The key was taken out a moment ago: its child cannot be told again, and nobody did anything wrong.
        raise TokenInvalid("The answer to this token cannot be repeated; sign in again.")
    live = RefreshToken.objects.filter(
        session=session,
        sequence=used.sequence + 1,
        digest=refresh_secrets.digest_of(child),
        rotated_at__isnull=True,
        revoked_at__isnull=True,
    )
    return child if live.exists() else None
