"""A clone's decisions with what became of them: verdicts with the gates that were met, orders and ledger rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.decisions import queries as decisions
from apps.trading.models import ActionVerdict, LedgerEntry, Order, PropAccount


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one proposed action; all but the action may be missing.

    `record` is the sealed record with its document read; `order` has its fills, `ledger` the rows that were booked.
    """

    action: Any
    verdict: ActionVerdict | None
    record: Any | None
    document: Mapping[str, Any] | None
    order: Order | None
    ledger: tuple[LedgerEntry, ...]


def list_decided(
    *,
    clone_public_id: str,
    symbol: str | None = None,
    status: str | None = None,
    outcome: str | None = None,
    before: tuple[datetime, int] | None = None,
) -> QuerySet[Any]:
    """Runs of a clone with their actions, newest slot first; `outcome` is a verdict that one of its actions met.

    `before` is the slot and key of the last run of the page before.
    """
    runs = decisions.list_runs(clone_public_id=clone_public_id, symbol=symbol)
    if status is not None:
        runs = runs.filter(status=status)
    if outcome is not None:
        met = ActionVerdict.objects.filter(action__run_id=OuterRef("pk"), status=outcome)
        runs = runs.filter(Exists(met))
    if before is not None:
        slot_at, key = before
        runs = runs.filter(Q(slot_at__lt=slot_at) | Q(slot_at=slot_at, id__lt=key))
    return runs


def account_of(subject: str) -> PropAccount | None:
    """The account that a run decided for, with its clone; None for a subject that is none."""
    return PropAccount.objects.select_related("clone").filter(public_id=subject).first()


def became_of(actions: Sequence[Any]) -> list[Became]:
    """What became of the actions of one run, in their order; a fixed number of reads."""
    keys = [action.pk for action in actions]
    verdicts = {
        row.action_id: row
        for row in ActionVerdict.objects.filter(action_id__in=keys).select_related("record")
    }
    orders = {
        int(row.action_id or 0): row
        for row in Order.objects.filter(action_id__in=keys)
        .select_related("asset")
        .prefetch_related("fills__terms")
    }
    documents = {
        key: _document(verdict.record.document) if hasattr(verdict, "record") else None
        for key, verdict in verdicts.items()
    }
    rows = _ledger_rows(orders, documents)
    return [
        Became(
            action=action,
            verdict=verdicts.get(action.pk),
            record=getattr(verdicts.get(action.pk), "record", None),
            document=documents.get(action.pk),
            order=orders.get(action.pk),
            ledger=tuple(rows.get(action.pk, ())),
        )
        for action in actions
    ]


def _document(text: str) -> Mapping[str, Any] | None:
    """A record's document; None where it was damaged, for then nothing of it can be told."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _ledger_rows(orders: Mapping[int, Order], documents: Mapping[int, Any]) -> dict[int, list[LedgerEntry]]:
    """The rows that orders of one account booked, by action: as their records say, else by the rows' own references."""
    asked = Q(pk__in=[])
    spans: dict[int, tuple[int, int]] = {}
    for key, order in orders.items():
        span = (documents.get(key) or {}).get("ledger")
        if isinstance(span, list) and len(span) == 2 and all(isinstance(at, int) for at in span):
            spans[key] = (min(span[0], _MOST_ROWS), min(span[1], _MOST_ROWS))
            asked |= Q(sequence__range=spans[key])
        else:
            asked |= Q(reference__startswith=f"fill:{order.sequence}:")
            asked |= Q(reference__startswith=f"order:{order.sequence}:")
    if not orders:
        return {}
    owner = next(iter(orders.values())).account_id
    entries = list(LedgerEntry.objects.filter(asked, account_id=owner).order_by("sequence"))
    return {
        key: [
            entry
            for entry in entries
            if (key in spans and spans[key][0] <= entry.sequence <= spans[key][1])
            or entry.reference.split(":")[1:2] == [str(order.sequence)]
        ]
        for key, order in orders.items()
    }


_MOST_ROWS = 2**31 - 1
