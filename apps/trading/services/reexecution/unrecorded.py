"""An action that was judged and has no record: whether it may have none, and what the books say was booked for it."""

from typing import Any

from django.db.models import Min

from apps.exchange.types import ActionKind
from apps.trading.models import ActionVerdict, ExecutionRecord, Fill, LedgerEntry, Order, PropAccount
from apps.trading.services.reexecution.case import Case
from apps.trading.services.reexecution.executed import Executed
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step
from apps.trading.types import VerdictStatus

_RECEIPT = ("symbol", "side", "size_lots", "notional_micros", "fee_micros", "realized_micros")
_FILLING = frozenset({ActionKind.OPEN, ActionKind.CLOSE, ActionKind.REDUCE, ActionKind.FLIP})


def unrecorded(
    case: Case, account: PropAccount, action: Any, verdict: ActionVerdict
) -> tuple[Executed, Step]:
    """The action with what was booked for it in place of its record, and the step that tells of the missing record."""
    order = Order.objects.filter(action=action).first()
    document = _as_booked(account, order) if order is not None else _without_order(verdict)
    one = Executed(case, account, action, verdict, None, document)
    asking = Asking("record", Part.ALLOWED, one.index)
    if is_missing(account, verdict):
        asking.difference = Difference(f"{one.key}: its ExecutionRecord", "a sealed record", "nothing")
    _compare(one, order, asking)
    asking.lacks("It was judged before verdicts were sealed, so there is no record to ask.")
    return one, asking.done(
        "", "The record of the execution is missing, or what was booked is not its verdict's."
    )


def is_missing(account: PropAccount, verdict: ActionVerdict) -> bool:
    """Whether a verdict without a record should have one: records were kept when it fell, or one of the account is gone."""
    first = ExecutionRecord.objects.aggregate(first=Min("verdict_id"))["first"]
    own = ExecutionRecord.objects.filter(account=account)
    return (
        (first is not None and first < verdict.pk)
        or own.count() != account.record_sequence
        or own.filter(verdict__at__lt=verdict.at).exists()
    )


def _compare(one: Executed, order: Order | None, asking: Asking) -> None:
    status, where = one.verdict.status, f"{one.key}.status"
    if order is not None:
        asking.equal(where, expected=VerdictStatus.EXECUTED.value, found=str(status))
    elif status == VerdictStatus.EXECUTED and one.action.kind in _FILLING:
        asking.difference = asking.difference or Difference(where, "an order", "nothing")


def _without_order(verdict: ActionVerdict) -> dict[str, Any]:
    return {"outcome": {"executed": {"triggers": None}} if verdict.status == VerdictStatus.EXECUTED else {}}


def _as_booked(account: PropAccount, order: Order) -> dict[str, Any]:
    """What a record would say of an order: its fills as they stand, under the seals that the ledger has of them."""
    fills = Fill.objects.filter(order=order).order_by("index")
    rows = [
        row
        for word in ("fill", "order")
        for row in LedgerEntry.objects.filter(
            account=account, reference__startswith=f"{word}:{order.sequence}:"
        ).order_by("sequence")
    ]
    corrections = [
        {"kind": row.kind, "amount_micros": row.amount_micros}
        for row in rows
        if row.reference.startswith("order:") and row.book == "cash"
    ]
    places = [row.sequence for row in rows]
    return {
        "order": order.sequence,
        "fills": list(dict.fromkeys(row.source_digest for row in rows if row.source_digest)),
        "ledger": [min(places), max(places)] if places else None,
        "outcome": {
            "executed": {
                "fills": [{name: getattr(fill, name) for name in _RECEIPT} for fill in fills],
                "lines": corrections,
                "triggers": None,
            }
        },
    }
