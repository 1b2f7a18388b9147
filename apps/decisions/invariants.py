"""What must always hold of decisions; each check names what offends."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate

from apps.decisions.models import DecisionRun, ModelCall, ModelSpend, ProposedAction
from apps.decisions.services.verify import broken_chains, wrong_heads
from apps.decisions.types import FINISHED, CallStatus, RunStatus, SpendScope
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


@invariant("I-D6", "What budgets hold of models is what their calls reserve and cost")
def money_of_models_adds_up() -> list[str]:
    """Budgets whose reserved or spent money, or number of calls, is not that of their calls."""
    counted: Counter[tuple[str, str, date | None, str]] = Counter()
    days = ModelCall.objects.order_by().values("user", on=TruncDate("started_at"))
    for row in days.annotate(
        calls_count=Count("id"),
        reserved_micros=Sum("reserved_micros", filter=Q(status=CallStatus.PENDING), default=0),
        spent_micros=Sum("cost_micros"),
    ):
        for scope, key, on in _budgets_of(row["user"], row["on"]):
            for name in ("calls_count", "reserved_micros", "spent_micros"):
                counted[scope, key, on, name] += row[name]
    for budget in ModelSpend.objects.all():
        for name in ("calls_count", "reserved_micros", "spent_micros"):
            counted[budget.scope, budget.key, budget.date, name] -= getattr(budget, name)
    return sorted(
        f"{scope} {key or '-'} {on or 'all time'}: {name} is off by {-amount}"
        for (scope, key, on, name), amount in counted.items()
        if amount
    )


def _budgets_of(user: str, on: date) -> list[tuple[str, str, date | None]]:
    everything = SpendScope.EVERYTHING.value
    return [(everything, "", None), (everything, "", on), (SpendScope.USER.value, user, on)]


@invariant("I-D7", "A run that a model answered has one taken call, which says what the run says")
def answers_of_models_were_bought_once() -> list[str]:
    """Completed runs of a model without exactly one taken call, or whose answer is not that call's."""
    taken = Count("calls", filter=Q(calls__status=CallStatus.TAKEN))
    runs = DecisionRun.objects.filter(engine="model", status=RunStatus.COMPLETED).annotate(taken=taken)
    others = ModelCall.objects.filter(status=CallStatus.TAKEN, run__status=RunStatus.COMPLETED)
    return [
        *runs.exclude(taken=1).values_list("public_id", flat=True),
        *others.exclude(response_digest=F("run__answer_digest")).values_list("run__public_id", flat=True),
    ]


@invariant("I-D8", "The head of every subject's chain is its last sealed decision")
def heads_are_last_links() -> list[str]:
    """Subjects of whose chain the end was taken away, or whose head was moved."""
    return list(wrong_heads())
