"""Issuing, checking and revoking the credentials of programs."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.core.errors import Conflict, InvalidInput
from apps.operations import audit
from apps.users.models import ServiceToken, User
from apps.users.types import ServiceScope

PREFIX = "ppsvc_"
SECRET_BYTES = 32
MAX_SECRET_LENGTH = 100


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
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ServiceToken.objects.create(
        name=name,
        digest=digest_of(secret),
        hint=secret[: len(PREFIX) + 4],
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
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    token = ServiceToken.objects.filter(live, digest=digest_of(secret), revoked_at__isnull=True).first()
    return token if token is not None and scope in token.scopes else None


@transaction.atomic
def revoke_service_token(*, token: ServiceToken, reason: str, by: audit.Actor, now: datetime) -> None:
    """Refuse the token from now on; revoking twice changes nothing."""
    if ServiceToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        token.revoked_at = now
        audit.record(verb="users.service-token.revoked", by=by, subject=token, reason=reason, now=now)
