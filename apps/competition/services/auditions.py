"""Auditions: submit, evaluate, void."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.clones.types import ENDED
from apps.competition import judging
from apps.competition.models import Audition, Rulebook
from apps.competition.services import promotion, rulebooks
from apps.competition.services.policies import policy_for
from apps.competition.types import AUDITION_TRANSITIONS, AuditionStatus, Performance, RulebookTerms, Verdict
from apps.core import states
from apps.core.errors import Conflict, NotFound
from apps.operations import audit
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.trading import queries as trading
from apps.trading.services import accounts
from apps.trading.types import OPEN_STATUSES, Purpose


def submit(*, clone: Any, rulebook: Rulebook, by: Actor, now: datetime) -> Audition:
    """Start an audition: consume the entitlement, open an account, pin the rulebook, all in one transaction.

    Raises `Conflict` AUDITION_RUNNING where one is already on its way, CLONE_RETIRED, and what clones raises where
    the clone has no published version or no unused, paid entitlement.
    """
    terms = RulebookTerms.from_document(rulebook.document)
    if clone.status in ENDED:
        raise Conflict("This clone is retired.", code="CLONE_RETIRED")
    with transaction.atomic():
        if Audition.objects.filter(clone_id=clone.pk, status=AuditionStatus.RUNNING).exists():
            raise Conflict("This clone's audition is already running.", code="AUDITION_RUNNING")
        version = clones.active_version(clone)
        if version is None:
            raise Conflict("Publish a strategy before the audition.", code="NOT_PUBLISHED")
        purpose = f"audition:{clone.public_id}:{Audition.objects.filter(clone_id=clone.pk).count() + 1}"
        entitlement = clone_services.consume_entitlement(clone=clone, purpose=purpose, by=by, now=now)
        account = accounts.open_account(
            clone=clone,
            purpose=Purpose.AUDITION,
            policy=policy_for(version=version, terms=terms),
            starting_micros=terms.start_micros,
            reference=f"audition:entitlement:{entitlement.pk}",
            by=by,
            now=now,
        )
        audition = Audition.objects.create(
            clone=clone,
            account=account,
            entitlement=entitlement,
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
    return audition


def hold_of(audition: Audition) -> str:
    """The name under which an audition holds its clone."""
    return f"audition:{audition.public_id}"


def submit_owned(*, owner: Any, clone_public_id: str, rulebook_digest: str, now: datetime) -> Audition:
    """Start an audition for a player: the clone must be the owner's, else it does not exist for them."""
    clone = clones.get_owned_clone(clone_public_id, owner=owner)
    rulebook = Rulebook.objects.filter(digest=rulebook_digest).first()
    if rulebook is None:
        raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
    return submit(clone=clone, rulebook=rulebook, by=Actor.user(owner), now=now)


def submit_as_usual(*, clone: Any, by: Actor, now: datetime) -> Audition:
    """Start an audition under the arena's usual terms, which are published where nobody did; raises as `submit`."""
    usual = rulebooks.publish(terms=RulebookTerms(), now=now)
    return submit(clone=clone, rulebook=usual, by=by, now=now)


def evaluate_due(*, now: datetime, limit: int) -> Report:
    """Judge every running audition on its latest mark; one that cannot be judged is counted, never skipped over."""
    done = skipped = failed = 0
    errors: list[str] = []
    running = Audition.objects.filter(status=AuditionStatus.RUNNING).select_related(
        "rulebook", "account", "clone"
    )
    due = list(running.order_by("id")[:limit])
    for audition in due:
        try:
            verdict = evaluate(audition=audition, now=now)
        except (
            Exception
        ) as error:  # one audition must never hold up the others; it is reported and looked at again
            failed += 1
            errors.append(f"{audition.public_id}: {error}")
            continue
        if verdict.status == AuditionStatus.RUNNING:
            skipped += 1
        else:
            done += 1
    return Report(seen=len(due), done=done, skipped=skipped, failed=failed, errors=tuple(errors))


def evaluate(*, audition: Audition, now: datetime) -> Verdict:
    """Judge one audition and, where it is decided, close its account and record the result in one transaction."""
    result = trading.account_result(audition.account)
    over = (
        now >= audition.ends_at
        and result.last_marked_at is not None
        and result.last_marked_at >= audition.ends_at
    )
    verdict = judging.judge(
        terms=RulebookTerms.from_document(audition.rulebook.document),
        performance=Performance(
            start=result.start,
            equity=result.equity,
            low=result.low,
            executed_orders=result.executed_orders,
            profit_by_symbol=result.profit_by_symbol,
            account_open=result.status in OPEN_STATUSES,
        ),
        window_over=over,
    )
    if verdict.status != AuditionStatus.RUNNING:
        _settle(
            audition=audition, verdict=verdict, by=Actor.system("competition.evaluate-due-auditions"), now=now
        )
    return verdict


def void(*, audition: Audition, reason: str, by: Actor, now: datetime) -> None:
    """End a running audition without a result. Raises `IllegalTransition` where it has one already."""
    _settle(audition=audition, verdict=Verdict(AuditionStatus.VOIDED, reason, {}), by=by, now=now)


def _settle(*, audition: Audition, verdict: Verdict, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        states.advance(
            audition,
            to=verdict.status,
            table=AUDITION_TRANSITIONS,
            reason=verdict.reason,
            result=dict(verdict.figures),
            result_at=now,
        )
        if audition.account.status in OPEN_STATUSES:
            accounts.close_account(
                account=audition.account, reason=f"audition {verdict.status}", by=by, now=now
            )
        if verdict.status == AuditionStatus.PASSED:
            promotion.enqueue(audition=audition, now=now)
        clone_services.release_hold(reference=hold_of(audition), now=now)
        audit.record(
            verb=f"competition.audition.{verdict.status}",
            by=by,
            subject=audition.public_id,
            reason=verdict.reason,
            detail=dict(verdict.figures),
            now=now,
        )
