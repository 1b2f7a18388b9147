"""Leave to give an audition's fee back: one person asks, another decides; whether and how it is paid is not known here."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.clones import services as clone_services
from apps.competition.models import Audition, RefundAuthorisation
from apps.competition.types import REFUND_DECISIONS, AuditionStatus, RefundDecision
from apps.core import states
from apps.core.errors import Conflict, InvalidInput, PermissionRefused
from apps.operations import audit
from apps.operations.audit import Actor
from apps.users import queries as users

_LONGEST = 200


def ask(
    *, entitlement: Any, audition: Audition | None = None, reason: str, by: Actor, now: datetime
) -> RefundAuthorisation:
    """Ask for leave to give a grant's fee back; the grant is withdrawn in the same transaction.

    Possible where the audition that spent the grant was voided, or where nothing spent it: then a retry and the refund
    exclude each other, because both write the grant's row. `audition` may be named by who knows it.
    Raises Conflict REFUND_EXISTS where one was asked for and not denied, REFUND_NOT_POSSIBLE for a mock or one that is
    withdrawn unspent, and for an audition that runs, passed or failed; PermissionRefused PERSON_REQUIRED for a program.
    """
    person, reason = _person(by), _said(reason)
    if (
        RefundAuthorisation.objects.filter(entitlement=entitlement)
        .exclude(status=RefundDecision.DENIED)
        .exists()
    ):
        raise _exists()
    spent_on = Audition.objects.filter(entitlement=entitlement).first()
    if (audition is not None and audition != spent_on) or (
        spent_on is not None and spent_on.status != AuditionStatus.VOIDED
    ):
        raise _impossible("Only what an audition did not judge can be given back.")
    try:
        with transaction.atomic():
            authorisation = RefundAuthorisation.objects.create(
                entitlement=entitlement, audition=spent_on, reason=reason, asked_by=person, asked_at=now
            )
            _withdraw(authorisation, by=by, now=now)
            audit.record(
                verb="competition.refund.asked",
                by=by,
                subject=authorisation,
                reason=reason,
                detail={"entitlement": entitlement.public_id, "audition": str(spent_on or "")},
                now=now,
            )
    except IntegrityError as error:
        # The unique constraint decides between two who ask at once; this only says so in words.
        if "competition_one_refund_of_a_grant" not in str(error) and "entitlement_id" not in str(error):
            raise
        raise _exists() from error
    return authorisation


def authorise(
    *, authorisation: RefundAuthorisation, by: Actor, reason: str, now: datetime
) -> RefundAuthorisation:
    """Let the fee be given back, on the word of a person who neither asked for it nor owns the clone.

    Raises PermissionRefused FOUR_EYES_REQUIRED, IllegalTransition where it is decided already.
    """
    person = _person(by)
    if person.pk in (authorisation.asked_by_id, authorisation.entitlement.clone.owner_id):
        raise PermissionRefused(
            "Who asked for this refund, or would get it, cannot authorise it; another person must.",
            code="FOUR_EYES_REQUIRED",
        )
    with transaction.atomic():
        _decide(authorisation, RefundDecision.AUTHORISED, person=person, by=by, reason=reason, now=now)
    return authorisation


def deny(*, authorisation: RefundAuthorisation, by: Actor, reason: str, now: datetime) -> RefundAuthorisation:
    """Refuse a refund, or take it back as who asked for it; the grant counts again unless it is withdrawn for more.

    Raises IllegalTransition where it is decided already.
    """
    with transaction.atomic():
        _decide(authorisation, RefundDecision.DENIED, person=_person(by), by=by, reason=reason, now=now)
        clone_services.reinstate_entitlement(
            entitlement=authorisation.entitlement,
            reason=f"refund denied: {reason}",
            by=by,
            now=now,
            withdrawn_for=_withdrawn_for(authorisation),
        )
    return authorisation


def _withdrawn_for(authorisation: RefundAuthorisation) -> str:
    return f"refund {authorisation.public_id} asked"


def _withdraw(authorisation: RefundAuthorisation, *, by: Actor, now: datetime) -> None:
    reason = _withdrawn_for(authorisation)
    if authorisation.audition_id is not None:
        # Nothing can spend it again: where it is withdrawn already, as with its payment, this reason stands beside.
        clone_services.revoke_entitlement(
            entitlement=authorisation.entitlement, reason=reason, by=by, now=now
        )
        return
    try:
        clone_services.withdraw_entitlement(
            entitlement=authorisation.entitlement, is_spent=False, reason=reason, by=by, now=now
        )
    except Conflict as changed:
        raise _impossible("This grant was spent, withdrawn, or never paid for.") from changed


def _decide(
    authorisation: RefundAuthorisation,
    to: RefundDecision,
    *,
    person: Any,
    by: Actor,
    reason: str,
    now: datetime,
) -> None:
    reason = _said(reason)
    states.advance(
        authorisation,
        to=to,
        table=REFUND_DECISIONS,
        decided_by=person,
        decided_at=now,
        decision_reason=reason,
    )
    audit.record(verb=f"competition.refund.{to}", by=by, subject=authorisation, reason=reason, now=now)


def _person(by: Actor) -> Any:
    person = users.find_active_user(by.identifier) if by.kind == "user" else None
    if person is None:
        raise PermissionRefused(
            "Only a person asks for refunds or decides about them.", code="PERSON_REQUIRED"
        )
    return person


def _said(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput("A refund needs a reason.", code="REASON_REQUIRED")
    return reason.strip()[:_LONGEST]


def _exists() -> Conflict:
    return Conflict("A refund of this grant was asked for already.", code="REFUND_EXISTS")


def _impossible(why: str) -> Conflict:
    return Conflict(why, code="REFUND_NOT_POSSIBLE")
