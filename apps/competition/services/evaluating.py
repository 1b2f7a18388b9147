"""Judging the auditions that run: early where a limit or the target is reached, and at the window's end.

What cannot be judged fairly is put off with a reason and looked at again: nobody fails because the arena was down. What a
look finds decided, or the window ended with, stays on the row: a later look judges by that, not by what came after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F

from apps.competition import judging
from apps.competition.models import Audition
from apps.competition.queries import paths
from apps.competition.services import windows
from apps.competition.services.settling import settle
from apps.competition.types import (
    AuditionStatus,
    Basis,
    Breach,
    Mark,
    Performance,
    RulebookTerms,
    Verdict,
    Watch,
)
from apps.core.errors import DomainError, IllegalTransition
from apps.operations.audit import Actor
from apps.operations.cadence import Report
from apps.trading import queries as trading
from apps.trading.queries import results
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
    is_over: bool = False
    missing: str = ""


def evaluate_due(*, now: datetime, limit: int) -> Report:
    """Look at the running auditions on their marks, longest unseen first; one that cannot be judged is counted.

    Those in doubt are looked at too: what is found is kept, and judged once the doubt is over.
    """
    done = skipped = failed = 0
    errors: list[str] = []
    running = Audition.objects.filter(status=AuditionStatus.RUNNING)
    due = list(
        running.select_related("rulebook", "account", "clone").order_by(
            F("looked_at").asc(nulls_first=True), "id"
        )[:limit]
    )
    for audition in due:
        try:
            # Written first and row by row: one that fails does not come first again, and no row waits for another.
            Audition.objects.filter(pk=audition.pk).update(looked_at=now)
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
    terms = RulebookTerms.from_document(audition.rulebook.document)
    is_silent = windows.extend(audition=audition, terms=terms, by=by, now=now)
    evidence = _evidence(audition, terms, is_silent=is_silent, now=now)
    if audition.flagged_at is not None:
        return Verdict(AuditionStatus.RUNNING, "AUDITION_FLAGGED", {})
    verdict = judging.judge(terms=terms, performance=evidence.performance, window_over=evidence.is_over)
    if verdict.status == AuditionStatus.RUNNING:
        return _defer(audition, evidence.missing, verdict, now=now)
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
    is_due = now >= audition.ends_at
    if terms.version == 1:
        return _first_evidence(audition, is_due=is_due)
    result = trading.account_result(audition.account)
    kept = paths.closing_of(audition) if is_due else None
    closing = kept[0][-1] if kept else paths.closing_mark(audition) if is_due else None
    watch, is_whole = _followed(audition, terms, result, until=closing)
    if watch.breach is not None:
        return _decided(audition, terms, watch.breach)
    if not is_whole:
        marks = tuple(paths.last_marks(audition))
        return Evidence(
            _performance(audition, result, marks), marks, missing="MARKS_UNREAD" if is_due else ""
        )
    if closing is None:
        marks = tuple(paths.last_marks(audition))
        missing = ("MARKS_STALE" if marks else "MARKS_MISSING") if is_due else ""
        performance = _performance(audition, result, marks)
        return Evidence(performance, marks, missing="OUTAGE_LASTS" if is_due and is_silent else missing)
    marks, performance = kept or _keep_closing(audition, closing)
    return Evidence(performance, marks, is_over=not is_silent, missing="OUTAGE_LASTS" if is_silent else "")


def _first_evidence(audition: Audition, *, is_due: bool) -> Evidence:
    """Version 1: the account as it is at the look; its window is over once it was valued at the end or later."""
    result = trading.account_result(audition.account)
    marks = tuple(paths.last_marks(audition))
    performance = replace(_performance(audition, result, marks), account_open=result.status in OPEN_STATUSES)
    if not is_due:
        return Evidence(performance, marks)
    if result.last_marked_at is not None and result.last_marked_at >= audition.ends_at:
        return Evidence(performance, marks, is_over=True)
    return Evidence(performance, marks, missing="MARKS_STALE" if marks else "MARKS_MISSING")


def _performance(audition: Audition, result: AccountResult, marks: tuple[Mark, ...]) -> Performance:
    is_later = result.closed_at is not None and result.closed_at >= audition.ends_at
    return Performance(
        start=result.start,
        equity=result.equity,
        low=result.low,
        executed_orders=result.executed_orders,
        profit_by_symbol=result.profit_by_symbol,
        account_open=result.status in OPEN_STATUSES or is_later,
        balance=marks[-1].balance if marks else result.start,
        marks=len(marks),
    )


def _decided(audition: Audition, terms: RulebookTerms, turn: Breach) -> Evidence:
    """The figures at the mark that decided, whatever came after it."""
    marks = tuple(paths.last_marks(audition, until=turn.at))
    performance = paths.performance_at(audition, marks)
    decided = replace(performance, breach=turn)
    if terms.basis == Basis.BALANCE:
        return Evidence(replace(decided, balance=turn.after), marks)
    return Evidence(replace(decided, equity=turn.after), marks)


def _keep_closing(audition: Audition, closing: Mark) -> tuple[tuple[Mark, ...], Performance]:
    """Keep what the window ended with while its marks are on record; the first who does it is followed by the others."""
    marks = tuple(paths.last_marks(audition, until=closing.at))
    performance = paths.performance_at(audition, marks)
    document = paths.closing_document(audition.ends_at, marks, performance)
    rows = Audition.objects.filter(pk=audition.pk, ends_at=audition.ends_at, closing=audition.closing)
    if not rows.update(closing=document):
        audition.refresh_from_db(fields=["closing"])
        return paths.closing_of(audition) or (marks, performance)
    audition.closing = document
    return marks, performance


def _followed(
    audition: Audition, terms: RulebookTerms, result: AccountResult, *, until: Mark | None
) -> tuple[Watch, bool]:
    """Follow the marks that came since the last look; how far, and whether that is all of them.

    Nothing is read while the account's own highest and lowest say that no mark can have decided.
    """
    before = paths.watch_of(audition)
    touched = judging.is_reached(terms, result.peak) and result.executed_orders >= terms.min_orders
    lost = judging.is_lost(terms, result.low, judging.floor_micros(terms))
    if before.breach is not None or not (terms.looks_at_path or touched or lost):
        return before, True
    marks = paths.marks_after(audition, before.through_at, until=until.at if until else None)
    if not marks:
        return before, True
    ready_at = results.executed_at(audition.account, terms.min_orders)

    def passes(mark: Mark) -> bool:
        if ready_at is None or mark.at < ready_at:
            return False
        done = results.result_at(audition.account, mark.at)
        return judging.profit_share_bps(done.profit_by_symbol) <= terms.max_profit_share_bps

    watch = judging.follow(terms, before, marks, passes=passes)
    if watch != before and not _keep_watch(audition, watch):
        watch = paths.watch_of(audition)
    return watch, len(marks) < paths.MOST_MARKS


def _keep_watch(audition: Audition, watch: Watch) -> bool:
    """Keep how far it was followed; who was quicker has written theirs, and that stands."""
    document = paths.watch_document(watch)
    if Audition.objects.filter(pk=audition.pk, watch=audition.watch).update(watch=document):
        audition.watch = document
        return True
    audition.refresh_from_db(fields=["watch"])
    return False


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
    """Write down why it is put off, or that it is not any more, where that is news."""
    if audition.deferred_reason != why:
        first = audition.deferred_at or now
        rows = Audition.objects.filter(pk=audition.pk, status=AuditionStatus.RUNNING)
        rows.update(deferred_at=first, deferred_reason=why)
        audition.deferred_at, audition.deferred_reason = first, why
    if not why:
        return verdict
    return Verdict(AuditionStatus.RUNNING, DEFERRED, {**verdict.figures, "deferredBecause": why})
