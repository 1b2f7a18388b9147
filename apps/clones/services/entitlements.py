"""Granting, spending and revoking what a clone may use."""

from datetime import datetime

from django.db import transaction

from apps.clones.models import Clone, Entitlement
from apps.clones.queries import active_version, covers, usable_entitlement, usable_entitlements
from apps.clones.types import ModelStrength, Tier
from apps.core.errors import Conflict, InvalidInput, PermissionRefused
from apps.operations import audit

SEPARATOR = "; "
"""Between the reasons for which a grant is withdrawn, where there are several."""


@transaction.atomic
def grant_entitlement(
    *,
    clone: Clone,
    tier: str,
    model_strength: str,
    is_mock: bool,
    source: str,
    by: audit.Actor,
    now: datetime,
    terms_digest: str = "",
) -> Entitlement:
    """Grant once per `source`: a second call with the same terms returns the same row.

    Raises InvalidInput for unknown terms or no source, Conflict when the source granted other terms.
    """
    if tier not in Tier.values or model_strength not in ModelStrength.values or not source:
        raise InvalidInput("Name a known tier, a known model strength and a source.", code="GRANT_INVALID")
    terms = {"clone": clone, "tier": tier, "model_strength": model_strength, "is_mock": is_mock}
    terms["terms_digest"] = terms_digest
    entitlement, created = Entitlement.objects.get_or_create(
        source=source, defaults={**terms, "granted_at": now}
    )
    if any(getattr(entitlement, name) != value for name, value in terms.items()):
        raise Conflict(f"{source} has already granted something else.", code="SOURCE_USED")
    if created:
        detail = {"tier": tier, "modelStrength": model_strength, "isMock": is_mock, "source": source}
        audit.record(verb="clones.entitlement.granted", by=by, subject=entitlement, detail=detail, now=now)
    return entitlement


@transaction.atomic
def consume_entitlement(
    *,
    clone: Clone,
    purpose: str,
    by: audit.Actor,
    now: datetime,
    entitlement: Entitlement | None = None,
) -> Entitlement:
    """Spend the clone's oldest grant that covers what is published, or the one that is named, on `purpose`, once.

    The purpose is an audition's identifier; the same one gets the same grant again. Raises PermissionRefused when
    nothing is left to spend, Conflict GRANT_TOO_SMALL where what is left allows less than the active version uses.
    """
    if not purpose:
        raise InvalidInput("Name what the entitlement is spent on.", code="PURPOSE_REQUIRED")
    # Waiting for the clone's row makes two spenders of one clone take turns, and whoever publishes with them.
    Clone.objects.select_for_update().get(pk=clone.pk)
    spent = Entitlement.objects.filter(consumed_for=purpose).first()
    if spent is not None:
        if spent.clone_id != clone.pk:
            raise Conflict("Another clone's entitlement was spent on this.", code="PURPOSE_USED")
        return spent
    if entitlement is None:
        entitlement = usable_entitlement(clone) or usable_entitlements(clone).first()
    if entitlement is None or entitlement.clone_id != clone.pk or entitlement.is_mock:
        raise PermissionRefused(
            "This clone has no unused audition entitlement; buy one first.", code="ENTITLEMENT_EXCEEDED"
        )
    rows = Entitlement.objects.filter(pk=entitlement.pk, consumed_at__isnull=True, revoked_at__isnull=True)
    version = active_version(clone)
    if version is not None and rows.exists() and not covers(entitlement, version):
        raise Conflict(
            f"A {entitlement.tier} grant does not cover what is published; publish less or buy a larger one.",
            code="GRANT_TOO_SMALL",
        )
    if not rows.update(consumed_at=now, consumed_for=purpose):
        raise PermissionRefused("The entitlement has just been spent.", code="ENTITLEMENT_EXCEEDED")
    entitlement.refresh_from_db()
    audit.record(
        verb="clones.entitlement.consumed", by=by, subject=entitlement, detail={"purpose": purpose}, now=now
    )
    return entitlement


def lock_entitlement(*, entitlement: Entitlement) -> Entitlement:
    """The grant as it is now, locked until the caller's transaction ends.

    Who withdraws a grant locks it before what was spent on it; so does whoever needs both.
    """
    return Entitlement.objects.select_for_update().get(pk=entitlement.pk)


@transaction.atomic
def revoke_entitlement(*, entitlement: Entitlement, reason: str, by: audit.Actor, now: datetime) -> None:
    """Withdraw a grant, or give one that is withdrawn another reason to be; what was spent stays spent.

    The same reason twice changes nothing. A grant is withdrawn as long as one of its reasons stands.
    """
    row = Entitlement.objects.select_for_update().get(pk=entitlement.pk)
    reasons = _reasons(row)
    if reason not in reasons:
        said = SEPARATOR.join([*reasons, reason])[:200]
        Entitlement.objects.filter(pk=row.pk).update(revoked_at=row.revoked_at or now, revoked_reason=said)
        audit.record(verb="clones.entitlement.revoked", by=by, subject=entitlement, reason=reason, now=now)
    entitlement.refresh_from_db()


@transaction.atomic
def withdraw_entitlement(
    *, entitlement: Entitlement, is_spent: bool, reason: str, by: audit.Actor, now: datetime
) -> Entitlement:
    """Withdraw a grant only while it is spent, or unspent, as the caller takes it to be.

    Raises Conflict ENTITLEMENT_CHANGED where it was withdrawn already, or has been spent meanwhile: of a spender and
    a caller of this with `is_spent` false exactly one writes the row.
    """
    rows = Entitlement.objects.filter(
        pk=entitlement.pk, is_mock=False, consumed_at__isnull=not is_spent, revoked_at__isnull=True
    )
    if not rows.update(revoked_at=now, revoked_reason=reason[:200]):
        raise Conflict("This grant was spent or withdrawn meanwhile.", code="ENTITLEMENT_CHANGED")
    entitlement.refresh_from_db()
    audit.record(verb="clones.entitlement.revoked", by=by, subject=entitlement, reason=reason, now=now)
    return entitlement


@transaction.atomic
def reinstate_entitlement(
    *, entitlement: Entitlement, reason: str, by: audit.Actor, now: datetime, withdrawn_for: str = ""
) -> None:
    """Give a withdrawn grant back, as when its deposit is on the chain again; doing it twice changes nothing.

    With `withdrawn_for` only that reason is taken back: another one that stands keeps the grant withdrawn.
    """
    row = Entitlement.objects.select_for_update().get(pk=entitlement.pk)
    reasons = _reasons(row)
    left = [each for each in reasons if withdrawn_for and each != withdrawn_for]
    if left != reasons:
        Entitlement.objects.filter(pk=row.pk).update(
            revoked_at=row.revoked_at if left else None, revoked_reason=SEPARATOR.join(left)
        )
        audit.record(verb="clones.entitlement.reinstated", by=by, subject=entitlement, reason=reason, now=now)
    entitlement.refresh_from_db()


def _reasons(row: Entitlement) -> list[str]:
    """Why a grant is withdrawn; nothing while it counts."""
    return row.revoked_reason.split(SEPARATOR) if row.revoked_at else []
