"""Asking for an act, and another person's releasing or refusing it; an unanswered one expires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction

from apps.core import states
from apps.core.errors import Conflict, DomainError, IllegalTransition, InvalidInput, PermissionRefused
from apps.operations import audit
from apps.operations.models import HeldAct
from apps.operations.second_person import HeldCall, HeldKind, kind_of, require_two
from apps.operations.types import HELD_TRANSITIONS, Actor, HeldStatus, Report

KEEP_FOR = timedelta(hours=24)
EXPIRES = Actor.system("operations.expire-held-acts")
_LONGEST = 500


class AlreadyWaiting(Conflict):
    """The same act on the same subject waits for a second person already."""

    code = "ALREADY_WAITING"


@transaction.atomic
def ask(
    *,
    name: str,
    subject: models.Model,
    payload: Mapping[str, Any],
    summary: str,
    reason: str,
    by: Actor,
    now: datetime,
) -> HeldAct:
    """Hold the act `name` on `subject` until another person releases it; nothing else happens yet.

    `payload` is plain JSON for the registered function, `summary` the same in words. The doorway has checked the
    permission to ask. Raises AlreadyWaiting, NotFound for an unregistered name, InvalidInput without a reason.
    """
    kind_of(name)
    if not reason.strip():
        raise InvalidInput("An act needs a reason.")
    kind, identifier = subject._meta.label_lower, str(getattr(subject, "public_id", None) or subject.pk)
    waiting = HeldAct.objects.filter(verb=name, subject_type=kind, subject_id=identifier)
    for overdue in waiting.filter(status=HeldStatus.WAITING, expires_at__lte=now):
        _expire(overdue, now)
    act = HeldAct(
        verb=name,
        subject_type=kind,
        subject_id=identifier,
        subject_label=str(subject)[:200],
        summary=summary[:300],
        payload=dict(payload),
        reason=reason[:_LONGEST],
        asked_by_kind=by.kind,
        asked_by_id=by.identifier,
        asked_by_label=by.label,
        asked_at=now,
        expires_at=now + KEEP_FOR,
    )
    try:
        with transaction.atomic():
            act.save()
    except IntegrityError as error:
        raise AlreadyWaiting(
            "The same act waits for a second person already; decide that one first."
        ) from error
    _record(act, "asked", by=by, reason=reason, now=now, summary=act.summary, payload=act.payload)
    return act


def release(*, act: HeldAct, person: Any, reason: str, now: datetime) -> HeldAct:
    """Carry the act out on the word of a second person, in one transaction with its release.

    `person` is a signed-in user with `has_perm`. Raises PermissionRefused, SecondPersonRequired, and Conflict for an
    act that has expired or was decided. When the domain refuses, nothing of the act remains, the refusal is on
    record and the act is returned with it as its `outcome`: still waiting where trying later can help, else failed.
    """
    by, kind = Actor.user(person), kind_of(act.verb)
    _require(person, kind)
    require_two(_asker(act), by)
    if now >= act.expires_at:
        raise Conflict("Nobody released this within its time; ask for it again.", code="HELD_ACT_EXPIRED")
    try:
        with transaction.atomic():
            _decide(act, HeldStatus.RELEASED, by=by, reason=reason, now=now)
            said = kind.carry_out(_call(act, by=by, now=now)) or ""
            act.outcome = said[:_LONGEST]
            act.save(update_fields=["outcome"])
            _record(act, "released", by=by, reason=reason, now=now, outcome=act.outcome)
    except DomainError as refused:
        act.refresh_from_db()
        if act.status != HeldStatus.WAITING:
            raise
        return _not_carried_out(act, refused, by=by, reason=reason, now=now)
    return act


@transaction.atomic
def refuse(*, act: HeldAct, person: Any, reason: str, now: datetime) -> HeldAct:
    """End a waiting act without carrying it out; who asked may take it back so. Raises as `release` does."""
    by = Actor.user(person)
    _require(person, kind_of(act.verb))
    _decide(act, HeldStatus.REFUSED, by=by, reason=reason, now=now)
    _record(act, "refused", by=by, reason=reason, now=now)
    return act


def expire_due(*, now: datetime, limit: int) -> Report:
    """End the acts that nobody released in time."""
    due = list(HeldAct.objects.filter(status=HeldStatus.WAITING, expires_at__lte=now).order_by("id")[:limit])
    done = sum(_expire(act, now) for act in due)
    return Report(seen=len(due), done=done, skipped=len(due) - done)


def _not_carried_out(act: HeldAct, refused: DomainError, *, by: Actor, reason: str, now: datetime) -> HeldAct:
    outcome = f"{refused.code}: {refused.detail}"[:_LONGEST]
    with transaction.atomic():
        if refused.retryable:
            HeldAct.objects.filter(pk=act.pk, status=HeldStatus.WAITING).update(outcome=outcome)
            act.outcome = outcome
        else:
            _decide(act, HeldStatus.FAILED, by=by, reason=reason, now=now, outcome=outcome)
        _record(act, "release-failed", by=by, reason=reason, now=now, refused=refused.code)
    return act


@transaction.atomic
def _expire(act: HeldAct, now: datetime) -> bool:
    """Whether it was this call that ended the act: a person may have been first."""
    try:
        _decide(act, HeldStatus.EXPIRED, by=EXPIRES, reason="Nobody released it in time", now=now)
    except IllegalTransition:
        return False
    _record(act, "expired", by=EXPIRES, reason=act.decided_reason, now=now)
    return True


def _decide(act: HeldAct, to: HeldStatus, *, by: Actor, reason: str, now: datetime, **fields: Any) -> None:
    """Compare and set: of two people who decide at once, one is told that the act is no longer waiting."""
    states.advance(
        act,
        to=to,
        table=HELD_TRANSITIONS,
        decided_by_id=by.identifier,
        decided_by_label=by.label,
        decided_reason=reason[:_LONGEST],
        decided_at=now,
        **fields,
    )


def _require(person: Any, kind: HeldKind) -> None:
    if not person.has_perm(kind.permission):
        raise PermissionRefused("You may not decide about acts of this kind.")


def _asker(act: HeldAct) -> Actor:
    return Actor(act.asked_by_kind, act.asked_by_id, act.asked_by_label)


def _call(act: HeldAct, *, by: Actor, now: datetime) -> HeldCall:
    return HeldCall(
        subject_id=act.subject_id,
        payload=act.payload,
        reference=act.public_id,
        reason=act.reason,
        asked_by=_asker(act),
        released_by=by,
        now=now,
    )


def _record(act: HeldAct, what: str, *, by: Actor, reason: str, now: datetime, **detail: Any) -> None:
    """Under the subject, so that its own history tells who asked and who released."""
    audit.record(
        verb=f"{act.verb}-{what}",
        by=by,
        subject=f"{act.subject_type}:{act.subject_id}",
        reason=reason,
        detail={"held_act": act.public_id, **detail},
        now=now,
    )
