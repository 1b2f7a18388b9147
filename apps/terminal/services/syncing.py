"""Reading linked profiles again: rank and points are kept, expired tokens end, failures back off."""

import logging
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.core import sealing, states
from apps.core.errors import AdapterError, IllegalTransition
from apps.operations import audit
from apps.operations.cadence import Report
from apps.terminal import queries
from apps.terminal.adapters import client
from apps.terminal.models import TerminalLink
from apps.terminal.services import readings
from apps.terminal.types import TRANSITIONS, LinkStatus, Profile, Token

logger = logging.getLogger(__name__)
BY = audit.Actor.system("terminal.sync-profiles")


class Outcome(Enum):
    """How one reading went."""

    READ = "read"
    EXPIRED = "expired"
    FAILED = "failed"
    GONE = "gone"


def sync_due_profiles(*, now: datetime, limit: int) -> Report:
    """Read at most `limit` profiles that are due; one that fails waits longer and stops no other."""
    if not client.is_configured():
        return Report()
    outcomes = [_sync_safely(link, now) for link in queries.list_due(now=now, limit=limit)]
    return Report(
        seen=len(outcomes),
        done=outcomes.count(Outcome.READ) + outcomes.count(Outcome.EXPIRED),
        skipped=outcomes.count(Outcome.GONE),
        failed=outcomes.count(Outcome.FAILED),
    )


def sync_profile(*, link: TerminalLink, now: datetime) -> Outcome:
    """Read one linked profile; a token that no longer counts expires the link. Never call it in a transaction."""
    if link.token_expires_at is not None and link.token_expires_at <= now:
        return _expire(link, now)
    try:
        token = Token(sealing.unseal(link.sealed_token, keys=settings.TERMINAL_KEYS))
        profile = client.read_profile(token=token)
    except sealing.SealBroken:
        return _put_off(link, "No present key opens the token.", now)
    except AdapterError as error:
        if error.status == 401:
            return _expire(link, now)
        said = f"answered {error.status}" if error.status else "could not be asked or made no sense"
        return _put_off(link, f"The Terminal {said}.", now)
    if profile.profile_id != link.profile_id:
        return _put_off(link, "The Terminal answered for another profile.", now)
    return _keep(link, token, profile, now)


def _sync_safely(link: TerminalLink, now: datetime) -> Outcome:
    try:
        return sync_profile(link=link, now=now)
    except Exception as error:
        logger.exception("Reading the profile of link %s failed.", link.public_id)
        return _put_off(link, type(error).__name__, now)


@transaction.atomic
def _keep(link: TerminalLink, token: Token, profile: Profile, now: datetime) -> Outcome:
    """Write the reading unless the link ended meanwhile; the token is sealed anew, so old keys can retire."""
    kept = TerminalLink.objects.filter(pk=link.pk, status=LinkStatus.LINKED).update(
        handle=profile.handle,
        sealed_token=sealing.seal(token.secret, keys=settings.TERMINAL_KEYS),
        synced_at=now,
        next_sync_at=readings.next_reading(now=now, expires_at=link.token_expires_at),
        sync_failures=0,
        last_error="",
    )
    if not kept:
        return Outcome.GONE
    readings.keep(link=link, profile=profile, now=now)
    return Outcome.READ


def _expire(link: TerminalLink, now: datetime) -> Outcome:
    try:
        with transaction.atomic():
            states.advance(link, to=LinkStatus.EXPIRED, table=TRANSITIONS, sealed_token="")
            audit.record(verb="terminal.link.expired", by=BY, subject=link, now=now)
    except IllegalTransition:
        return Outcome.GONE
    return Outcome.EXPIRED


def _put_off(link: TerminalLink, why: str, now: datetime) -> Outcome:
    failures = link.sync_failures + 1
    TerminalLink.objects.filter(pk=link.pk, status=LinkStatus.LINKED).update(
        sync_failures=F("sync_failures") + 1,
        last_error=why[:200],
        next_sync_at=readings.next_retry(now=now, failures=failures),
    )
    return Outcome.FAILED
