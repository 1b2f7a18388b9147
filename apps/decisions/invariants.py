"""What must always hold of decisions; each check names what offends."""

from __future__ import annotations

from django.db.models import Count, F, Q

from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services.verify import broken_chains
from apps.decisions.types import FINISHED, RunStatus
from apps.exchange.types import ActionKind
from apps.operations.invariants import invariant


@invariant("I-12", "One decision run per subject, asset and slot")
def one_run_per_slot() -> list[str]:
    """Slots that were decided twice."""
    doubled = (
        DecisionRun.objects.order_by()
        .values("subject", "symbol", "slot_at")
        .annotate(count=Count("id"))
        .filter(count__gt=1)
    )
    return [f"{row['subject']} {row['symbol']} {row['slot_at'].isoformat()}" for row in doubled]


@invariant("I-13", "No decision used what was not yet knowable")
def no_look_ahead() -> list[str]:
    """Runs whose context holds a datum from after the decision."""
    ahead = DecisionRun.objects.filter(context_max_knowable_at__gt=F("decided_at"))
    return list(ahead.values_list("public_id", flat=True))


@invariant("I-D1", "Every sealed decision record is unaltered and follows the one before")
def records_are_chained() -> list[str]:
    """Runs whose digest, context or place in the chain does not fit."""
    return list(broken_chains())


@invariant("I-D2", "Only completed runs propose, and at most one action that trades")
def actions_belong_to_completed_runs() -> list[str]:
    """Runs with actions that they may not have."""
    trading = Count("actions", filter=~Q(actions__kind=ActionKind.HOLD.value))
    busy = DecisionRun.objects.annotate(trading=trading).filter(trading__gt=1)
    strays = ProposedAction.objects.exclude(run__status=RunStatus.COMPLETED)
    silent = DecisionRun.objects.filter(status=RunStatus.COMPLETED, actions__isnull=True)
    return [
        *busy.values_list("public_id", flat=True),
        *strays.values_list("run__public_id", flat=True),
        *silent.values_list("public_id", flat=True),
    ]


@invariant("I-D3", "A run is sealed exactly when it is finished")
def finished_means_sealed() -> list[str]:
    """Runs that are finished without a seal, or sealed without being finished."""
    sealed = ~Q(record_digest="") & Q(sequence__isnull=False)
    odd = DecisionRun.objects.filter(Q(status__in=FINISHED) & ~sealed | ~Q(status__in=FINISHED) & sealed)
    return list(odd.values_list("public_id", flat=True))
