"""Judging the auditions that run: early where a limit or the target is reached, and at the window's end.

What cannot be judged fairly is put off with a reason and looked at again: nobody fails because the arena was down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from apps.competition import judging
from apps.competition.models import Audition
from apps.competition.queries import paths
from apps.competition.services import windows
from apps.competition.services.settling import settle
from apps.competition.types import AuditionStatus, Breach, Mark, Performance, RulebookTerms, Verdict, Watch
from apps.core.errors import DomainError, IllegalTransition
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.trading import queries as trading
from apps.trading.types import OPEN_STATUSES, AccountResult

WORKER = Actor.system("competition.evaluate-due-auditions")
DEFERRED = "EVALUATION_DEFERRED"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look found: figures for the judge, the newest two marks that count, and whether the window is over.

    `missing` is why a window whose time is up cannot be judged yet; blank where it can.
    """

    performance: Performance
    marks: tuple[Mark, ...]
    is_over: bool
    missing: str


def evaluate_due(*, now: datetime, limit: int) -> Report:
    """Judge every running audition on its marks; one that cannot be judged is counted, never skipped over."""
    done = skipped = failed = 0
    errors: list[str] = []
    running = Audition.objects.filter(status=AuditionStatus.RUNNING, flagged_at__isnull=True)
    due = list(running.select_related("rulebook", "account", "clone").order_by("id")[:limit])
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


def evaluate(*, audition: Audition, now: datetime, by: Actor = WORKER) -> Verdict:
    """Judge one audition and, where it is decided, close its account and record the result in one transaction.

    A verdict `running` has the reason EVALUATION_DEFERRED where the window's time is up and it cannot be judged, and
    AUDITION_FLAGGED where what was paid for it is in doubt. Raises `IllegalTransition` where another was quicker.
    """
    if audition.status != AuditionStatus.RUNNING:
        raise IllegalTransition(f"This audition has ended: it {_became(audition.status)}.")
    if audition.flagged_at is not None:
        return Verdict(AuditionStatus.RUNNING, "AUDITION_FLAGGED", {})
    terms = RulebookTerms.from_document(audition.rulebook.document)
    is_silent = windows.extend(audition=audition, terms=terms, by=by, now=now)
    evidence = _evidence(audition, terms, is_silent=is_silent, now=now)
    verdict = judging.judge(terms=terms, performance=evidence.performance, window_over=evidence.is_over)
    if verdict.status == AuditionStatus.RUNNING:
        return _defer(audition, evidence.missing, verdict, now=now) if evidence.missing else verdict
    try:
        settle(
            audition=audition,
            verdict=verdict,
            by=by,
            now=now,
            turn=_turn(audition, terms, verdict, evidence),
        )
    except DomainError as refused:
        if not refused.retryable:
            raise
        return _defer(audition, refused.code, verdict, now=now)
    return verdict


def _became(status: str) -> str:
    return "was voided" if status == AuditionStatus.VOIDED else status


def _evidence(audition: Audition, terms: RulebookTerms, *, is_silent: bool, now: datetime) -> Evidence:
    result = trading.account_result(audition.account)
    is_due = now >= audition.ends_at
    closing = paths.closing_mark(audition) if is_due else None
    marks = tuple(paths.last_marks(audition, until=closing.at if closing else None))
    performance = _performance(result, marks)
    if terms.looks_at_path:
        watch = _followed(audition, terms, until=closing)
        performance = replace(performance, breach=watch.breach)
    if terms.version > 1 and closing is not None:
        performance = _at_the_end(audition, terms, performance, closing)
    missing = ""
    if is_due:
        missing = _missing(terms, closing, marks, is_silent=is_silent)
    return Evidence(performance, marks, is_due and not missing, missing)


def _performance(result: AccountResult, marks: tuple[Mark, ...]) -> Performance:
    return Performance(
        start=result.start,
        equity=result.equity,
        low=result.low,
        executed_orders=result.executed_orders,
        profit_by_symbol=result.profit_by_symbol,
        account_open=result.status in OPEN_STATUSES,
        balance=marks[-1].balance if marks else result.start,
        marks=len(marks),
    )


def _at_the_end(
    audition: Audition, terms: RulebookTerms, performance: Performance, closing: Mark
) -> Performance:
    """The figures at the closing mark: what the account made after the window, while nobody looked, does not count."""
    low = performance.low
    if judging.is_lost(terms, low, judging.floor_micros(terms)):
        lost = paths.first_lost(audition, terms)
        low = closing.equity if lost is not None and lost.at > closing.at else low
    return replace(performance, equity=closing.equity, balance=closing.balance, low=low)


def _missing(terms: RulebookTerms, closing: Mark | None, marks: tuple[Mark, ...], *, is_silent: bool) -> str:
    if is_silent:
        return "OUTAGE_LASTS"
    if closing is None:
        return "MARKS_STALE" if marks else "MARKS_MISSING"
    return "MARKS_MISSING" if terms.version > 1 and len(marks) < judging.FEWEST_MARKS else ""


def _followed(audition: Audition, terms: RulebookTerms, *, until: Mark | None) -> Watch:
    """Follow the marks that came since the last look and keep how far; two who do it at once find the same."""
    before = paths.watch_of(audition)
    if before.breach is not None:
        return before
    marks = paths.marks_after(audition, before.through_at)
    watch = judging.follow(terms, before, [mark for mark in marks if until is None or mark.at <= until.at])
    if watch != before:
        audition.watch = paths.watch_document(watch)
        Audition.objects.filter(pk=audition.pk).update(watch=audition.watch)
    return watch


def _turn(
    audition: Audition, terms: RulebookTerms, verdict: Verdict, evidence: Evidence
) -> Mapping[str, Any] | None:
    """The mark at which it was decided, with the one before it; None where the account was never marked."""
    if evidence.performance.breach is not None:
        return paths.breach_document(evidence.performance.breach)
    marks = evidence.marks
    limit = terms.target_micros
    if verdict.reason == "MAX_LOSS":
        lost = paths.first_lost(audition, terms)
        marks = tuple(paths.last_marks(audition, until=lost.at)) if lost is not None else marks
        limit = judging.floor_micros(terms)
    if not marks:
        return None
    values = [paths.value_at(terms, mark) for mark in marks]
    before = values[0] if len(values) > 1 else terms.start_micros
    return paths.breach_document(Breach(verdict.reason, marks[-1].at, before, values[-1], limit))


def _defer(audition: Audition, why: str, verdict: Verdict, *, now: datetime) -> Verdict:
    """Write down why it is put off, where that is news."""
    if audition.deferred_reason != why:
        first = audition.deferred_at or now
        rows = Audition.objects.filter(pk=audition.pk, status=AuditionStatus.RUNNING)
        rows.update(deferred_at=first, deferred_reason=why)
        audition.deferred_at, audition.deferred_reason = first, why
    return Verdict(AuditionStatus.RUNNING, DEFERRED, {**verdict.figures, "deferredBecause": why})
