"""The Arena's members: how a slot is freed, by the rules or by an operator."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.clones import services as clone_services
from apps.clones.types import CloneStatus
from apps.competition.models import ArenaMembership
from apps.competition.services.obstacles import absence
from apps.competition.types import Obstacle
from apps.core.errors import Conflict
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.trading.services import accounts
from apps.trading.types import OPEN_STATUSES

PAYMENT_MAY_BE_LOST = timedelta(days=1)
"""For how long a member keeps its slot after the grant of its audition was withdrawn."""


def slot_of(membership: ArenaMembership) -> str:
    """The name under which a slot of the Arena holds its clone."""
    return f"arena:{membership.public_id}"


def end_membership(*, membership: ArenaMembership, reason: str, by: Actor, now: datetime) -> None:
    """Free a slot: close the membership and its account.

    Raises `Conflict` STATE_CHANGED where it has ended already, and what trading raises where the account cannot be
    closed now.
    """
    with transaction.atomic():
        ended = ArenaMembership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(
            ended_at=now, reason=reason[:200]
        )
        if not ended:
            raise Conflict("This membership has ended already.", code="STATE_CHANGED")
        if membership.account.status in OPEN_STATUSES:
            accounts.close_account(account=membership.account, reason=reason, by=by, now=now)
        clone_services.release_hold(reference=slot_of(membership), now=now)
        audit.record(verb="competition.membership.ended", by=by, subject=membership, reason=reason, now=now)


def retire_member(*, membership: ArenaMembership, reason: str, by: Actor, now: datetime) -> None:
    """End the membership and its clone's career, for ever, in one transaction; raises as either of the two does."""
    with transaction.atomic():
        end_membership(membership=membership, reason=reason, by=by, now=now)
        clone_services.moderate_clone(
            clone=membership.clone, to=CloneStatus.RETIRED, reason=reason, by=by, now=now
        )


def end_unfit(*, by: Actor, now: datetime, limit: int) -> Report:
    """Free the slots of accounts that were liquidated or closed, of clones that are not live, and of lost payments.

    The grant of a member's audition may be withdrawn for a day (`PAYMENT_MAY_BE_LOST`): a payment that the chain gives
    back within it costs no slot, and a clone that nothing else pays for is frozen meanwhile.
    A clone that is reinstated later has lost its slot; the account and its history stay. An account that cannot be
    closed now (no believable price, a halt) keeps its slot and is reported as failed; the next look tries again.
    """
    fit = Q(account__status__in=OPEN_STATUSES, clone__status=CloneStatus.LIVE)
    unpaid = Q(entry__audition__entitlement__revoked_at__lte=now - PAYMENT_MAY_BE_LOST)
    unfit = ArenaMembership.objects.filter(~fit | unpaid, ended_at__isnull=True).select_related(
        "account", "clone"
    )
    memberships = list(unfit.order_by("id")[:limit])
    errors: list[str] = []
    for membership in memberships:
        try:
            end_membership(membership=membership, reason=_unfitness(membership), by=by, now=now)
        except (
            Exception
        ) as error:  # one slot must never hold up the others; it is reported and looked at again
            errors.append(f"{membership.public_id}: {error}")
    failed = len(errors)
    return Report(seen=len(memberships), done=len(memberships) - failed, failed=failed, errors=tuple(errors))


def _unfitness(membership: ArenaMembership) -> str:
    if membership.account.status not in OPEN_STATUSES:
        return f"account {membership.account.status}"
    if membership.clone.status != CloneStatus.LIVE:
        return absence(membership.clone.status)
    return Obstacle.ENTITLEMENT_LOST.value
