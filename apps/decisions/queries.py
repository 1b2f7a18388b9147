"""Reads of decisions: what is due, what was decided, and which actions wait for execution."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum

from apps.clones.graph.types import CompiledStrategy
from apps.core.errors import NotFound
from apps.core.moments import from_ms, to_ms
from apps.decisions.models import DecisionHead, DecisionRun, ModelCall, ModelHalt, ModelSpend, ProposedAction
from apps.decisions.types import CallStatus, DueSlot, RunStatus


def slot_start(now: datetime, cadence: timedelta) -> datetime:
    """The newest slot boundary at or before `now`; slots are counted from the epoch."""
    step_ms = cadence // timedelta(milliseconds=1)
    now_ms = to_ms(now)
    return from_ms(now_ms - now_ms % step_ms)


def due_slots(
    compiled: CompiledStrategy,
    *,
    opened_at: datetime,
    now: datetime,
    cadence: timedelta | None = None,
    subject: str | None = None,
) -> list[DueSlot]:
    """The current slot of every (enabled prompt, asset), newest only: a gap is never caught up.

    Slots that began before `opened_at` are left out, and with `subject` those whose run is under way or
    finished. `cadence` overrides the prompts' own.
    """
    due: list[DueSlot] = []
    for prompt in compiled.enabled_prompts:
        step = cadence or timedelta(minutes=prompt.cadence_minutes)
        slot_at = slot_start(now, step)
        if slot_at >= opened_at:
            due.extend(DueSlot(prompt.key, symbol, slot_at) for symbol in prompt.assets)
    if subject is None or not due:
        return due
    taken = _taken(subject, {slot.slot_at for slot in due})
    return [slot for slot in due if (slot.prompt_key, slot.symbol, slot.slot_at) not in taken]


def _taken(subject: str, slots: Collection[datetime]) -> set[tuple[str, str, datetime]]:
    rows = DecisionRun.objects.filter(subject=subject, slot_at__in=slots).exclude(status=RunStatus.QUEUED)
    return set(rows.values_list("prompt_key", "symbol", "slot_at"))


def pending_actions(*, after_id: int = 0) -> QuerySet[ProposedAction]:
    """Actions of completed runs in the order they were sealed, each with its run; HOLD included.

    Whether one was already handled is known to the executor alone; `after_id` lets it skip what it has seen.
    """
    return (
        ProposedAction.objects.filter(run__status=RunStatus.COMPLETED, id__gt=after_id)
        .select_related("run")
        .order_by("id")
    )


def list_runs(
    *, subjects: Iterable[str] | None = None, clone_public_id: str | None = None, symbol: str | None = None
) -> QuerySet[DecisionRun]:
    """Runs with their actions, newest slot first, of some subjects or of all versions of a clone."""
    runs = DecisionRun.objects.defer("context", "prompt", "raw_answer").prefetch_related("actions")
    if subjects is not None:
        runs = runs.filter(subject__in=list(subjects))
    if clone_public_id is not None:
        runs = runs.filter(version__clone__public_id=clone_public_id)
    if symbol is not None:
        runs = runs.filter(symbol=symbol)
    return runs.order_by("-slot_at", "-id")


def find_run(*, subject: str, prompt_key: str, symbol: str, slot_at: datetime) -> DecisionRun | None:
    """The run of that slot, or None."""
    return DecisionRun.objects.filter(
        subject=subject, prompt_key=prompt_key, symbol=symbol, slot_at=slot_at
    ).first()


def get_run(public_id: str) -> DecisionRun:
    """The run of that public id with its actions; raises NotFound."""
    run = DecisionRun.objects.prefetch_related("actions").filter(public_id=public_id).first()
    if run is None:
        raise NotFound("There is no such decision run.")
    return run


def get_bare_run(public_id: str) -> DecisionRun:
    """The run with its actions, without documents and texts: those are read when asked for; raises NotFound."""
    run = list_runs().filter(public_id=public_id).defer("parameters", "read_from", "section_digests").first()
    if run is None:
        raise NotFound("There is no such decision run.")
    return run


def list_sealed(*, before: datetime) -> QuerySet[DecisionRun]:
    """Sealed runs that were decided before a moment, the last link of each subject's chain first."""
    return DecisionRun.objects.filter(sequence__isnull=False, decided_at__lt=before).order_by("-sequence")


def find_record_digest(subject: str, sequence: int) -> str:
    """The digest of one link of a subject's chain, "" where there is none."""
    links = DecisionRun.objects.filter(subject=subject, sequence=sequence)
    return links.values_list("record_digest", flat=True).first() or ""


def find_head(subject: str) -> tuple[int, str] | None:
    """The number and digest of the last link of a subject's chain as kept beside it; None before there is one."""
    return DecisionHead.objects.filter(subject=subject).values_list("sequence", "digest").first()


def has_open_runs(*, before: datetime) -> bool:
    """Whether a run that was asked for before a moment has not ended: it may yet be dated before it."""
    return DecisionRun.objects.filter(sequence__isnull=True, created_at__lt=before).exists()


def count_runs(*, subjects: Iterable[str] | None = None) -> dict[str, int]:
    """How many runs stand in each status."""
    runs = DecisionRun.objects.order_by()
    if subjects is not None:
        runs = runs.filter(subject__in=list(subjects))
    found = dict(runs.values_list("status").annotate(Count("id")))
    return {status.value: found.get(status.value, 0) for status in RunStatus}


def list_model_calls(*, since: datetime) -> QuerySet[ModelCall]:
    """Calls of models from a moment of real time on, newest first, without what was said."""
    return ModelCall.objects.filter(started_at__gte=since).defer("response").select_related("run")


def model_totals(*, since: datetime) -> list[Mapping[str, Any]]:
    """What each model of each provider was asked and took: calls, answers, tokens, cost and mean latency."""
    calls = ModelCall.objects.filter(started_at__gte=since).order_by()
    answered = Q(status__in=[CallStatus.TAKEN, CallStatus.REFUSED, CallStatus.DISCARDED])
    return list(
        calls.values("provider", "model").annotate(
            calls=Count("id"),
            answers=Count("id", filter=answered),
            tokens_in=Sum("tokens_in_count"),
            tokens_cached=Sum("tokens_cached_count"),
            tokens_out=Sum("tokens_out_count"),
            cost=Sum("cost_micros"),
            latency=Avg("latency_ms", filter=answered),
        )
    )


def model_faults(*, since: datetime) -> list[Mapping[str, Any]]:
    """How often each provider failed in which way, most often first; refused and lost answers by their status."""
    calls = ModelCall.objects.filter(started_at__gte=since).order_by()
    wrong = calls.exclude(status__in=[CallStatus.TAKEN, CallStatus.PENDING])
    return list(wrong.values("provider", "status", "fault").annotate(calls=Count("id")).order_by("-calls"))


def list_model_spend(*, on: date) -> QuerySet[ModelSpend]:
    """The budgets' rows of a day of real time and of all time, the dearest users first."""
    rows = ModelSpend.objects.filter(Q(date=on) | Q(date__isnull=True))
    return rows.order_by("scope", "-spent_micros", "key")


def list_model_halts() -> QuerySet[ModelHalt]:
    """The kill switches over models, newest first."""
    return ModelHalt.objects.order_by("-id")


def count_model_halts() -> int:
    """How many kill switches over models stand."""
    return ModelHalt.objects.filter(lifted_at__isnull=True).count()
