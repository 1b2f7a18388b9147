"""The rows of calls: claimed with their money before anybody is asked, ended once, and settled when a worker vanished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from apps.core.errors import IllegalTransition
from apps.core.json_strict import sha256_hex
from apps.core.states import advance
from apps.decisions.engine.routes import Route, Usage
from apps.decisions.models import DecisionRun, ModelCall
from apps.decisions.services import spend
from apps.decisions.services.model_halts import standing_halt
from apps.decisions.types import CALL_TRANSITIONS, CallStatus, RunHeld, RunStatus

LEASE_BEYOND_CALL = timedelta(seconds=30)
LOST_AFTER = timedelta(seconds=180)
"""No call takes so long; one of a run is lost as soon as its run's lease is."""


class Halted(Exception):
    """A kill switch stops the provider."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What calls are made for: a run that this worker holds (a dry run has none), and whose money it is.

    `made` are the keys of the calls of a dry run, which nothing else holds together.
    """

    user: str
    run: DecisionRun | None
    made: list[int] = field(default_factory=list)

    def calls(self) -> QuerySet[ModelCall]:
        """All calls of the run, whoever made them; of a dry run, those made under this claim."""
        mine = {"pk__in": self.made} if self.run is None else {"run": self.run}
        return ModelCall.objects.filter(**mine).order_by()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended: what was said or what went wrong, and what it cost."""

    status: CallStatus
    cost_micros: int
    ended_at: datetime
    usage: Usage = field(default_factory=Usage)
    text: str = ""
    reference: str = ""
    fault: str = ""
    detail: str = ""


@transaction.atomic
def begin_call(
    claim: Claim, route: Route, *, request: bytes, is_repair: bool, timeout_s: float, real_now: datetime
) -> ModelCall:
    """Claim one call: its money, its row, and the run's lease for as long as it may take.

    Raises BudgetExceeded, Halted, or RunHeld where the run is no longer this worker's; then nothing was written.
    """
    most = route.most_micros(len(request))
    spend.reserve_for_run(calls=claim.calls(), amount_micros=most)
    spend.reserve(user=claim.user, amount_micros=most, real_now=real_now)
    halt = standing_halt(route.provider)  # read under the row of all spending: see set_model_halt
    if halt is not None:
        raise Halted(f"{halt.name or 'every model'} is halted: {halt.reason}")
    if claim.run is not None:
        _hold(claim.run, until=real_now + timedelta(seconds=timeout_s) + LEASE_BEYOND_CALL)
    return ModelCall.objects.create(
        run=claim.run,
        user=claim.user,
        attempt=_next_attempt(claim.run),
        lease_epoch=claim.run.lease_epoch if claim.run else 0,
        is_repair=is_repair,
        provider=route.provider,
        model=route.model,
        parameters=route.parameters(),
        request_digest=sha256_hex(request),
        reserved_micros=most,
        started_at=real_now,
    )


@transaction.atomic
def end_call(call: ModelCall, ending: Ending, *, keep: Mapping[str, Any] | None = None) -> CallStatus:
    """Write how the call ended and settle its money; `keep` are the run's columns of an answer that is to be its own.

    The first answer wins: it is kept only while the run is held under the call's own lease and has none, in the same
    transaction. Every later one is DISCARDED, as is the answer of a call that had been given up for lost. Returns what
    the call became: whoever made one that is DISCARDED no longer holds the run.
    """
    row = ModelCall.objects.select_for_update().get(pk=call.pk)
    if row.status not in (CallStatus.PENDING, CallStatus.LOST) or row.status == ending.status:
        raise IllegalTransition("This call has ended, and its money is settled.")
    was_lost = row.status == CallStatus.LOST
    released = 0 if was_lost else call.reserved_micros
    spent = ending.cost_micros - (row.cost_micros if was_lost else 0)
    # Budgets before the run, as at the beginning of a call: two workers of one run never wait for each other.
    spend.settle(call=call, released_micros=released, spent_micros=spent)
    status = ending.status
    if was_lost or (keep is not None and not _keep(call, keep)):
        status = CallStatus.DISCARDED
    _finish(call, status, ending)
    _add_to_run(call, ending.usage, spent)
    return status


@transaction.atomic
def keep_refused(call: ModelCall, keep: Mapping[str, Any]) -> bool:
    """Keep an answer that was refused as the run's own, because none better came; False where the run is another's."""
    return _keep(call, keep)


def settle_lost_calls(*, real_now: datetime, limit: int = 200, force: bool = False) -> int:
    """Count calls whose worker vanished as bought: their reservations are spent. Returns how many there were.

    A run that is still held keeps its calls; `force` takes every lease for expired.
    """
    gone = Q(run__isnull=True, started_at__lte=real_now - LOST_AFTER)
    held = Q(run__status=RunStatus.RUNNING)
    if not force:
        held &= Q(run__lease_expires_at__gt=real_now)
    lost = ModelCall.objects.filter(gone | (Q(run__isnull=False) & ~held), status=CallStatus.PENDING)
    return sum(_lose(call, real_now) for call in lost.order_by("pk")[:limit])


def settle_calls_of(run: DecisionRun, *, real_now: datetime) -> None:
    """Settle what earlier workers of a run left under way, for the worker that holds it now.

    One that has been overtaken itself settles what was before it, and never the call of its successor.
    """
    earlier = ModelCall.objects.filter(run=run, lease_epoch__lt=run.lease_epoch)
    for call in earlier.filter(status=CallStatus.PENDING):
        _lose(call, real_now)


def _lose(call: ModelCall, real_now: datetime) -> bool:
    ending = Ending(
        CallStatus.LOST,
        cost_micros=call.reserved_micros,
        ended_at=real_now,
        detail="the worker vanished; counted as bought",
    )
    try:
        end_call(call, ending)
    except IllegalTransition:
        return False
    return True


def _finish(call: ModelCall, status: CallStatus, ending: Ending) -> None:
    advance(
        call,
        to=status,
        table=CALL_TRANSITIONS,
        fault=ending.fault,
        detail=ending.detail[:300],
        response=ending.text,
        response_digest=sha256_hex(ending.text.encode()) if ending.text else "",
        provider_reference=ending.reference[:120],
        tokens_in_count=ending.usage.tokens_in,
        tokens_cached_count=ending.usage.tokens_cached,
        tokens_out_count=ending.usage.tokens_out,
        cost_micros=ending.cost_micros,
        latency_ms=max(0, (ending.ended_at - call.started_at) // timedelta(milliseconds=1)),
        ended_at=ending.ended_at,
    )


def _held(run_id: int, epoch: int) -> QuerySet[DecisionRun]:
    """The run, while the lease of that epoch stands."""
    return DecisionRun.objects.filter(pk=run_id, status=RunStatus.RUNNING, lease_epoch=epoch)


def _hold(run: DecisionRun, *, until: datetime) -> None:
    """Move the lease of the run beyond the call; a sweep that comes by meanwhile leaves it alone."""
    if not _held(run.pk, run.lease_epoch).update(lease_expires_at=until):
        raise RunHeld("Another worker holds this decision; nothing is bought for it here.")
    run.lease_expires_at = until


def _keep(call: ModelCall, keep: Mapping[str, Any]) -> bool:
    """Store the answer on its run by compare-and-set; a dry run has nothing to compare with."""
    if call.run_id is None:
        return True
    return bool(_held(call.run_id, call.lease_epoch).filter(raw_answer="").update(**keep))


def _next_attempt(run: DecisionRun | None) -> int:
    if run is None:
        return 1
    return (ModelCall.objects.filter(run=run).aggregate(last=Max("attempt"))["last"] or 0) + 1


def _add_to_run(call: ModelCall, usage: Usage, spent_micros: int) -> None:
    """The run's own account of what it asked for, while it is not sealed."""
    if call.run_id is None:
        return
    DecisionRun.objects.filter(pk=call.run_id, sequence__isnull=True).update(
        cost_micros=F("cost_micros") + spent_micros,
        tokens_in_count=F("tokens_in_count") + usage.tokens_in,
        tokens_cached_count=F("tokens_cached_count") + usage.tokens_cached,
        tokens_out_count=F("tokens_out_count") + usage.tokens_out,
    )
