"""Linking a Terminal profile by its PKCE flow, and ending the link."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction

from apps.core import limits, sealing, states
from apps.core.errors import AdapterError, Conflict, DomainError
from apps.operations import audit
from apps.terminal import queries
from apps.terminal.adapters import client
from apps.terminal.models import LinkAttempt, TerminalLink
from apps.terminal.services import pkce, readings
from apps.terminal.types import TRANSITIONS, LinkStart, LinkStatus, Profile, Token

ATTEMPT_TTL = timedelta(minutes=10)
RATE = "20/minute"  # each half is a record kept for ever, and may make this server call the Terminal


class NotConfigured(DomainError):
    """This arena knows no Terminal."""

    status = 503
    code = "TERMINAL_NOT_CONFIGURED"


def begin_link(*, user: AbstractUser, by: audit.Actor, now: datetime) -> LinkStart:
    """Start the flow: the user has ten minutes to come back, and an earlier start of theirs no longer counts.

    Raises NotConfigured (503), Conflict TERMINAL_ALREADY_LINKED while a profile is linked, RateLimited.
    """
    _count(user)
    _require_terminal()
    _require_unlinked(user)
    verifier, state = pkce.new_verifier(), pkce.new_state()
    redirect_uri = settings.TERMINAL_REDIRECT_URI
    with transaction.atomic():
        LinkAttempt.objects.filter(user_id=user.pk).delete()
        attempt = LinkAttempt.objects.create(
            user_id=user.pk,
            state_digest=pkce.digest_of(state),
            sealed_verifier=sealing.seal(verifier, keys=settings.TERMINAL_KEYS),
            redirect_uri=redirect_uri,
            begun_at=now,
            expires_at=now + ATTEMPT_TTL,
        )
        audit.record(verb="terminal.link.begun", by=by, subject=user, now=now)
    url = client.authorize_url(state=state, challenge=pkce.challenge_of(verifier), redirect_uri=redirect_uri)
    return LinkStart(authorize_url=url, expires_at=attempt.expires_at)


def complete_link(
    *, user: AbstractUser, state: str, code: str, by: audit.Actor, now: datetime
) -> TerminalLink:
    """Finish the flow with what the Terminal sent back, and read the profile for the first time.

    The start is spent whatever happens then. Raises Conflict: TERMINAL_STATE_UNKNOWN (never begun, or by
    somebody else), TERMINAL_STATE_EXPIRED, TERMINAL_STATE_USED, TERMINAL_REFUSED, TERMINAL_ALREADY_LINKED,
    TERMINAL_PROFILE_TAKEN; DomainError TERMINAL_UNAVAILABLE (503) when the Terminal could not be asked; RateLimited.
    """
    _count(user)
    _require_terminal()
    verifier, redirect_uri = _spend_attempt(user=user, state=state, now=now)
    try:
        token = client.exchange_code(code=code, verifier=verifier, redirect_uri=redirect_uri)
        profile = client.read_profile(token=token)
    except AdapterError as error:
        raise _refusal(error) from None
    try:
        return _store(user=user, token=token, profile=profile, by=by, now=now)
    except IntegrityError:
        _require_unlinked(user)
        raise Conflict("This profile is linked to another user.", code="TERMINAL_PROFILE_TAKEN") from None


@transaction.atomic
def unlink(*, user: AbstractUser, by: audit.Actor, now: datetime) -> TerminalLink:
    """End the user's link and wipe its token; raises NotFound TERMINAL_NOT_LINKED where there is none."""
    return _end(queries.get_link(user_id=user.pk), by=by, now=now)


def _count(user: AbstractUser) -> None:
    limits.take("terminal-link", str(user.pk), rate=RATE)


def _require_terminal() -> None:
    if not client.is_configured():
        raise NotConfigured("Terminal profiles cannot be linked in this arena.")


def _require_unlinked(user: AbstractUser) -> None:
    link = queries.find_link(user_id=user.pk)
    if link is not None and link.status == LinkStatus.LINKED:
        raise Conflict("A Terminal profile is linked; unlink it first.", code="TERMINAL_ALREADY_LINKED")


def _spend_attempt(*, user: AbstractUser, state: str, now: datetime) -> tuple[str, str]:
    """The verifier and the redirect address of the start, which no other call gets after this one."""
    attempt = LinkAttempt.objects.filter(user_id=user.pk, state_digest=pkce.digest_of(state)).first()
    if attempt is None:
        raise Conflict("This link was not begun here; begin again.", code="TERMINAL_STATE_UNKNOWN")
    if attempt.expires_at <= now:
        raise Conflict("This took too long; begin again.", code="TERMINAL_STATE_EXPIRED")
    spent = LinkAttempt.objects.filter(pk=attempt.pk, used_at=None).update(used_at=now, sealed_verifier="")
    if not spent:
        raise Conflict("This was used already; begin again.", code="TERMINAL_STATE_USED")
    try:
        return sealing.unseal(attempt.sealed_verifier, keys=settings.TERMINAL_KEYS), attempt.redirect_uri
    except sealing.SealBroken:
        raise Conflict("The keys changed meanwhile; begin again.", code="TERMINAL_STATE_EXPIRED") from None


def _refusal(error: AdapterError) -> DomainError:
    if error.status in {400, 401, 403}:
        return Conflict("The Terminal refused; begin again.", code="TERMINAL_REFUSED")
    return DomainError(
        "The Terminal could not be asked; begin again later.", code="TERMINAL_UNAVAILABLE", status=503
    )


@transaction.atomic
def _store(
    *, user: AbstractUser, token: Token, profile: Profile, by: audit.Actor, now: datetime
) -> TerminalLink:
    # Whoever proves a profile now takes it over from a link whose own proof has expired.
    expired = TerminalLink.objects.filter(status=LinkStatus.EXPIRED)
    for old in [
        *expired.filter(user_id=user.pk),
        *expired.filter(profile_id=profile.profile_id).exclude(user_id=user.pk),
    ]:
        _end(old, by=by, now=now)
    expires_at = now + timedelta(seconds=token.lifetime_seconds) if token.lifetime_seconds else None
    link = TerminalLink.objects.create(
        user_id=user.pk,
        profile_id=profile.profile_id,
        handle=profile.handle,
        sealed_token=sealing.seal(token.secret, keys=settings.TERMINAL_KEYS),
        token_expires_at=expires_at,
        linked_at=now,
        synced_at=now,
        next_sync_at=readings.next_reading(now=now, expires_at=expires_at),
    )
    readings.keep(link=link, profile=profile, now=now)
    audit.record(verb="terminal.link.completed", by=by, subject=link, now=now)
    return link


def _end(link: TerminalLink, *, by: audit.Actor, now: datetime) -> TerminalLink:
    states.advance(link, to=LinkStatus.UNLINKED, table=TRANSITIONS, sealed_token="", ended_at=now)
    audit.record(verb="terminal.link.ended", by=by, subject=link, now=now)
    return link
