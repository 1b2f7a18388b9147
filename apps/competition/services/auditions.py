"""Auditions: submit, void, and mark what was bought with money that is in doubt."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.types import ENDED
from apps.competition import queries
from apps.competition.models import ArenaMembership, Audition, PromotionEntry, Rulebook
from apps.competition.services import refunds, rulebooks
from apps.competition.services.policies import policy_for
from apps.competition.services.settling import hold_of, settle
from apps.competition.types import AuditionStatus, EntryStatus, RulebookTerms, Verdict
from apps.core.errors import Conflict, DomainError, NotFound, PermissionRefused
from apps.core.retries import retry_busy
from apps.operations import audit, failpoints
from apps.operations.audit import Actor
from apps.trading.services import accounts
from apps.trading.types import Purpose


class RetryNotPaid(DomainError):
    """An earlier audition of the clone has ended, and nothing unused is left for another."""

    status = 402
    code = "RETRY_NOT_PAID"


def submit(
    *,
    clone: Any,
    by: Actor,
    now: datetime,
    rulebook: Rulebook | None = None,
    entitlement: Any = None,
) -> Audition:
    """Start an audition: consume a grant, open an account, pin the rulebook, all in one transaction.

    With an `entitlement` the call is idempotent: the audition that spent this grant is returned. A `rulebook` may be
    chosen only for a grant that promises none. Raises `Conflict` AUDITION_EXISTS where one is on its way,
    ALREADY_QUEUED, ALREADY_MEMBER, CLONE_RETIRED, NOT_PUBLISHED, GRANT_TOO_SMALL, RULEBOOK_DIFFERS; `RetryNotPaid`;
    and what clones raises where a first audition is not paid for.
    """
    chosen = "" if rulebook is None else rulebook.digest
    return _start(clone=clone, by=by, now=now, wanted=chosen, may_choose=True, replayed_by=entitlement)


def submit_owned(*, owner: Any, clone_public_id: str, now: datetime, rulebook_digest: str = "") -> Audition:
    """Start an audition for a player: the clone must be the owner's, else it does not exist for them.

    A digest that is named must be the one that rules it. Raises as `submit`, and NotFound RULEBOOK_NOT_FOUND.
    """
    clone = clones.get_owned_clone(clone_public_id, owner=owner)
    if rulebook_digest and queries.find_rulebook(rulebook_digest) is None:
        raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
    return _start(clone=clone, by=Actor.user(owner), now=now, wanted=rulebook_digest, may_choose=False)


def _start(
    *, clone: Any, by: Actor, now: datetime, wanted: str, may_choose: bool, replayed_by: Any = None
) -> Audition:
    if clone.status in ENDED:
        raise Conflict("This clone is retired.", code="CLONE_RETIRED")
    with transaction.atomic():
        if replayed_by is not None:
            started = Audition.objects.filter(entitlement=replayed_by, clone=clone).first()
            if started is not None:
                return started
        _require_free(clone)
        _published(clone)
        spent = _spend(clone, replayed_by, by=by, now=now)
        # Spending made two submitters of one clone take turns: whoever comes second sees what the first began, and
        # nobody publishes any more what the grant may not cover.
        _require_free(clone)
        version = _published(clone)
        rulebook = _ruling(spent, wanted=wanted, may_choose=may_choose, now=now)
        terms = RulebookTerms.from_document(rulebook.document)
        account = accounts.open_account(
            clone=clone,
            purpose=Purpose.AUDITION,
            policy=policy_for(version=version, terms=terms),
            starting_micros=terms.start_micros,
            reference=f"audition:entitlement:{spent.pk}",
            by=by,
            now=now,
        )
        failpoints.reach("competition.after-opening")
        audition = Audition.objects.create(
            clone=clone,
            account=account,
            entitlement=spent,
            rulebook=rulebook,
            started_at=now,
            ends_at=now + timedelta(minutes=terms.window_minutes),
        )
        clone_services.place_hold(clone=clone, purpose="audition", reference=hold_of(audition), now=now)
        audit.record(
            verb="competition.audition.submitted",
            by=by,
            subject=audition.public_id,
            now=now,
            detail={"rulebook": rulebook.digest, "account": account.public_id},
        )
        failpoints.reach("competition.before-submitted")
    return audition


def _require_free(clone: Any) -> None:
    if Audition.objects.filter(clone_id=clone.pk, status=AuditionStatus.RUNNING).exists():
        raise Conflict("This clone's audition is already running.", code="AUDITION_EXISTS")
    if PromotionEntry.objects.filter(clone_id=clone.pk, status=EntryStatus.WAITING).exists():
        raise Conflict("This clone has passed and waits for a slot.", code="ALREADY_QUEUED")
    if ArenaMembership.objects.filter(clone_id=clone.pk, ended_at__isnull=True).exists():
        raise Conflict("This clone is in the Arena.", code="ALREADY_MEMBER")


def _published(clone: Any) -> Any:
    version = clones.active_version(clone)
    if version is None:
        raise Conflict("Publish a strategy before the audition.", code="NOT_PUBLISHED")
    return version


def _spend(clone: Any, entitlement: Any, *, by: Actor, now: datetime) -> Any:
    """Spend a grant on the clone's next audition, the named one or the oldest that covers what is published."""
    past = Audition.objects.filter(clone_id=clone.pk).count()
    purpose = f"audition:{clone.public_id}:{past + 1}"
    try:
        spent = clone_services.consume_entitlement(
            clone=clone, purpose=purpose, entitlement=entitlement, by=by, now=now
        )
    except PermissionRefused:
        # What another has just begun, or an earlier audition, is the better answer than that nothing is paid for.
        _require_free(clone)
        if past:
            raise RetryNotPaid("The last audition has ended; another one has to be paid for.") from None
        raise
    if Audition.objects.filter(entitlement=spent).exists():
        raise Conflict("This grant's audition has been begun already.", code="AUDITION_EXISTS")
    return spent


def _ruling(spent: Any, *, wanted: str, may_choose: bool, now: datetime) -> Rulebook:
    """The rulebook of a grant: what was promised with it, else what may be chosen, else the offered one."""
    if spent.terms_digest:
        ruling = queries.find_rulebook(spent.terms_digest)
    elif wanted and may_choose:
        ruling = queries.find_rulebook(wanted)
    else:
        ruling = rulebooks.offered(now=now)
    if ruling is None:
        raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
    if wanted and wanted != ruling.digest:
        raise Conflict(
            f"This audition runs under rulebook {ruling.digest} and no other.", code="RULEBOOK_DIFFERS"
        )
    return ruling


def void(*, audition: Audition, reason: str, by: Actor, now: datetime) -> None:
    """End a running audition without a result, and ask for the refund of what was paid for it in the same transaction.

    It is asked for although the grant is withdrawn: what left the chain may come back, and is paid only then. Raises
    `IllegalTransition` where it has a result already, and PermissionRefused PERSON_REQUIRED where a program voids what
    was bought: a refund is asked for by a person.
    """
    retry_busy(lambda: _void(audition, reason, by=by, now=now))


@transaction.atomic
def _void(audition: Audition, reason: str, *, by: Actor, now: datetime) -> None:
    # The grant before the audition: who takes a payment back withdraws the one and then flags the other.
    spent = clone_services.lock_entitlement(entitlement=audition.entitlement)
    settle(audition=audition, verdict=Verdict(AuditionStatus.VOIDED, reason, {}), by=by, now=now)
    if spent.terms_digest:
        refunds.ask(entitlement=spent, audition=audition, reason=reason, by=by, now=now)


def flag_bought(*, entitlement: Any, reason: str, by: Actor, now: datetime) -> bool:
    """Stop judging the audition that spent this grant, for what was paid is in doubt; whether anything changed.

    A passed one is flagged too: its clone does not enter the Arena meanwhile. Repeating it changes nothing.
    """
    return _flag(entitlement, flagged_at=now, reason=reason[:200], by=by, now=now)


def unflag_bought(*, entitlement: Any, by: Actor, now: datetime, reason: str = "") -> bool:
    """Let the audition that spent this grant be judged again; whether anything changed."""
    return _flag(entitlement, flagged_at=None, reason=reason[:200], by=by, now=now)


@transaction.atomic
def _flag(entitlement: Any, *, flagged_at: datetime | None, reason: str, by: Actor, now: datetime) -> bool:
    rows = Audition.objects.filter(entitlement=entitlement, flagged_at__isnull=flagged_at is not None)
    if not rows.update(flagged_at=flagged_at, flag_reason=reason if flagged_at else ""):
        return False
    audit.record(
        verb=f"competition.audition.{'flagged' if flagged_at else 'unflagged'}",
        by=by,
        subject=Audition.objects.get(entitlement=entitlement).public_id,
        reason=reason,
        now=now,
    )
    return True
