"""Issuing, checking, rotating and revoking the credentials of programs."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.core.errors import Conflict, InvalidInput
from apps.operations import audit
from apps.users.models import ServiceToken, User
from apps.users.types import ServiceScope

PREFIX = "ppsvc_"
SECRET_BYTES = 32
MAX_SECRET_LENGTH = 100
HINT_LETTERS = 4
LONGEST_OVERLAP = timedelta(days=7)
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """The SHA-256 of a token's secret, in hexadecimal; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def issue_service_token(
    *,
    name: str,
    scopes: Sequence[str],
    by: audit.Actor,
    now: datetime,
    expires_at: datetime | None = None,
    issued_by: User | None = None,
) -> tuple[ServiceToken, str]:
    """Store a new token's hash and return (row, secret); the secret cannot be read again.

    Raises InvalidInput for an unknown scope or a passed expiry, Conflict for a name in use.
    """
    wanted = sorted(set(scopes))
    if not wanted or any(scope not in ServiceScope.values for scope in wanted):
        raise InvalidInput(f"Name scopes among {', '.join(ServiceScope.values)}.", code="SCOPE_UNKNOWN")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("The expiry has passed; choose a later time.", code="EXPIRY_PASSED")
    if ServiceToken.objects.filter(name=name).exists():
        raise Conflict(f"A service token called {name} exists; choose another name.", code="NAME_TAKEN")
    secret = _new_secret()
    token = ServiceToken.objects.create(
        name=name,
        digest=digest_of(secret),
        hint=_hint_of(secret),
        scopes=wanted,
        issued_by=issued_by,
        issued_at=now,
        expires_at=expires_at,
    )
    audit.record(verb="users.service-token.issued", by=by, subject=token, detail={"scopes": wanted}, now=now)
    return token, secret


def verify_service_token(*, secret: str, scope: str, now: datetime) -> ServiceToken | None:
    """Return the live token of this secret when it carries `scope`, else None."""
    if not secret.startswith(PREFIX) or len(secret) > MAX_SECRET_LENGTH:
        return None
    digest = digest_of(secret)
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    mine = Q(digest=digest) | Q(previous_digest=digest, previous_expires_at__gt=now)
    token = ServiceToken.objects.filter(live, mine, revoked_at__isnull=True).first()
    if token is None or scope not in token.scopes:
        return None
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def rotate_service_token(
    *, token: ServiceToken, overlap: timedelta, by: audit.Actor, now: datetime, reason: str = ""
) -> tuple[ServiceToken, str]:
    """Give the token a new secret and return (row, secret); the old one stays good for `overlap`, a week at most.

    Raises InvalidInput for another overlap, Conflict for a token that is revoked, has run out, or was rotated by
    somebody else at the same moment.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput("The old secret may stay good for a week at most.", code="OVERLAP_INVALID")
    secret = _new_secret()
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    # The digest that was seen must still be there: of two who rotate at once, only one secret becomes good.
    rotated = ServiceToken.objects.filter(
        live, pk=token.pk, digest=token.digest, revoked_at__isnull=True
    ).update(
        digest=digest_of(secret),
        hint=_hint_of(secret),
        previous_digest=token.digest,
        previous_expires_at=now + overlap,
    )
    if not rotated:
        raise Conflict("This token is not live, or was rotated just now.", code="STATE_CHANGED")
    token.refresh_from_db()
    detail = {"overlap_seconds": int(overlap.total_seconds())}
    audit.record(
        verb="users.service-token.rotated", by=by, subject=token, reason=reason, detail=detail, now=now
    )
    return token, secret


@transaction.atomic
def revoke_service_token(*, token: ServiceToken, reason: str, by: audit.Actor, now: datetime) -> None:
    """Refuse the token from now on; revoking twice changes nothing."""
    if ServiceToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        token.revoked_at = now
        audit.record(verb="users.service-token.revoked", by=by, subject=token, reason=reason, now=now)


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def _hint_of(secret: str) -> str:
    return secret[: len(PREFIX) + HINT_LETTERS]
