"""Sign-ins: opening, finding and ending them; every credential is worth what its session row says."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from apps.operations import audit
from apps.users.errors import ReauthRequired, RefreshReused, SessionEnded, TokenInvalid
from apps.users.models import LinkedWallet, RefreshToken, Session, User
from apps.users.services import access, refresh_secrets
from apps.users.types import ClientInfo, SessionEnd

SEEN_EVERY = timedelta(minutes=5)
KEEP_TOKENS_FOR = timedelta(days=7)


@transaction.atomic
def open_session(
    *, user: User, wallet: LinkedWallet, client: ClientInfo, now: datetime
) -> tuple[Session, str]:
    """Open a session with its first refresh token; return it and the token's secret, which is stored nowhere."""
    session = Session.objects.create(
        user=user,
        wallet=wallet,
        client_address=client.address,
        user_agent=client.user_agent,
        authenticated_at=now,
        last_seen_at=now,
        expires_at=now + settings.REFRESH_TTL,
    )
    secret = refresh_secrets.first()
    RefreshToken.objects.create(
        session=session,
        sequence=1,
        digest=refresh_secrets.digest_of(secret),
        key_id=refresh_secrets.signing_key_id(),
        issued_at=now,
        expires_at=session.expires_at,
    )
    detail = {"wallet": wallet.address, "client": client.address}
    audit.record(
        verb="users.session.opened", by=audit.Actor.user(user), subject=session, detail=detail, now=now
    )
    return session, secret


def live_session(public_id: str, now: datetime) -> Session | None:
    """The session with its user, or None where it has ended, has run out or its user is disabled."""
    live = Session.objects.select_related("user", "wallet").filter(
        public_id=public_id, ended_at__isnull=True, expires_at__gt=now, user__is_active=True
    )
    return live.first()


def authenticate(*, access_token: bytes, now: datetime) -> Session:
    """The live session of an access token; raises TokenInvalid or SessionEnded.

    The row is read each time, so that an ended session is refused at once and not when its token runs out.
    """
    claims = access.read_access(token=access_token, now=now)
    session = live_session(claims.session_id, now)
    if session is None:
        raise SessionEnded("This sign-in has ended; sign in again.")
    if session.user.public_id != claims.user_id:
        raise TokenInvalid("The access token belongs to somebody else.")
    note_seen(session=session, now=now)
    return session


def note_seen(*, session: Session, now: datetime) -> None:
    """Remember that the session was used, at most once in five minutes."""
    if now - session.last_seen_at >= SEEN_EVERY:
        Session.objects.filter(pk=session.pk, last_seen_at__lt=now).update(last_seen_at=now)


def require_fresh(*, session: Session | None, now: datetime) -> Session:
    """The session when its wallet was proved within FRESH_SIGNIN; raises ReauthRequired otherwise."""
    if session is None or not now - session.authenticated_at <= settings.FRESH_SIGNIN:
        raise ReauthRequired("This needs a sign-in of a few minutes ago; sign in with your wallet again.")
    return session


@transaction.atomic
def end_session(
    *, session: Session, because: SessionEnd, by: audit.Actor, now: datetime, reason: str = ""
) -> bool:
    """End the session and its refresh token; False where it had ended before."""
    # The session row comes first, as in `rotation.refresh`: no child token can be made behind this act.
    ended = Session.objects.filter(pk=session.pk, ended_at__isnull=True).update(
        ended_at=now, ended_because=because
    )
    if not ended:
        return False
    RefreshToken.objects.filter(session=session, rotated_at__isnull=True, revoked_at__isnull=True).update(
        revoked_at=now
    )
    session.ended_at, session.ended_because = now, because
    detail = {"because": because.value}
    audit.record(verb="users.session.ended", by=by, subject=session, reason=reason, detail=detail, now=now)
    return True


@transaction.atomic
def end_all(
    *,
    user: User,
    because: SessionEnd,
    by: audit.Actor,
    now: datetime,
    except_session: Session | None = None,
    reason: str = "",
) -> int:
    """End every session of the user but the one excepted; return how many ended."""
    doomed = Session.objects.filter(user=user, ended_at__isnull=True)
    if except_session is not None:
        doomed = doomed.exclude(pk=except_session.pk)
    return sum(
        end_session(session=session, because=because, by=by, now=now, reason=reason)
        for session in doomed.order_by("pk")
    )


def end_expired(*, by: audit.Actor, now: datetime, limit: int) -> int:
    """End sessions that have run out, and forget the refresh tokens of those that ended a week ago."""
    expired = Session.objects.filter(ended_at__isnull=True, expires_at__lte=now).order_by("expires_at")[
        :limit
    ]
    ended = sum(
        end_session(session=session, because=SessionEnd.EXPIRED, by=by, now=now) for session in expired
    )
    old = RefreshToken.objects.filter(session__ended_at__lte=now - KEEP_TOKENS_FOR).values("pk")
    RefreshToken.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()
    return ended


def refuse_ended(session: Session, *, now: datetime) -> None:
    """Raise RefreshReused or SessionEnded unless the session lives."""
    if session.ended_because == SessionEnd.TOKEN_REUSED:
        raise RefreshReused("This sign-in was ended because a used token came back; sign in again.")
    if session.ended_at is not None or session.expires_at <= now or not session.user.is_active:
        raise SessionEnded("This sign-in has ended; sign in again.")
