"""Invariants that tie verdicts to actions and orders."""

from django.db.models import Count, Q

from apps.exchange.types import ActionKind
from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import ActionVerdict, Order
from apps.trading.types import OrderCause, VerdictStatus

EXIT_KINDS = (ActionKind.SET_STOP, ActionKind.SET_TARGET, ActionKind.SET_EXIT, ActionKind.CANCEL)
"""What is executed without an order: it sets or withdraws standing exits."""


@invariant("I-14", "A decision run has at most one executed action")
def one_execution_per_run(account: int | None = None) -> list[str]:
    """Runs of which several actions were executed."""
    runs = (
        rows_of(ActionVerdict, account)
        .filter(status=VerdictStatus.EXECUTED)
        .order_by()
        .values_list("action__run_id")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
    )
    return [f"run {run_id}: {n} executed actions" for run_id, n in runs]


@invariant(
    "I-15",
    "An executed action has one order, or none where it only set exits; a denied one has a reason and no order",
)
def verdicts_and_orders_agree(account: int | None = None) -> list[str]:
    """Verdicts without their order, orders without their verdict, denials without a reason."""
    executed = Q(status=VerdictStatus.EXECUTED) & ~Q(action__kind__in=EXIT_KINDS)
    wrong = rows_of(ActionVerdict, account).filter(
        executed & Q(action__order__isnull=True)
        | ~executed & Q(action__order__isnull=False)
        | Q(status=VerdictStatus.DENIED, reason_code="")
    )
    orphans = rows_of(Order, account).filter(cause=OrderCause.ACTION, action__verdict__isnull=True)
    return [f"action {row.action_id}: {row.status} {row.reason_code}" for row in wrong] + [
        f"order {row.pk}: no verdict on its action" for row in orphans
    ]
