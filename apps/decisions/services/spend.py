"""The money of models: reserved before a call, settled after it, and never more than the budgets allow."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum

from apps.decisions.models import ModelCall, ModelSpend
from apps.decisions.types import SpendScope

Scope = tuple[str, str, date | None]
"""What a budget counts: everything or one user, of one day or (None) of all time."""


class BudgetExceeded(Exception):
    """No call may be made: the named budget would be passed."""


def reserve(*, user: str, amount_micros: int, real_now: datetime) -> None:
    """Set the money of one call aside in every budget it counts to, or raise BudgetExceeded and leave all as it was.

    Runs inside the caller's transaction, which a refusal must undo. Each budget is one UPDATE that holds its own
    condition, so that calls that begin together never pass it together; the rows are always taken in one order.
    """
    assert transaction.get_connection().in_atomic_block
    for name, scope in _scopes(user, real_now):
        row = _row(scope)
        rows = ModelSpend.objects.filter(pk=row.pk)
        limit = settings.DECISION_BUDGETS[name]
        if limit:
            rows = rows.annotate(after=F("spent_micros") + F("reserved_micros") + amount_micros)
            rows = rows.filter(after__lte=limit)
        if not rows.update(
            reserved_micros=F("reserved_micros") + amount_micros, calls_count=F("calls_count") + 1
        ):
            raise BudgetExceeded(f"the budget {name} is spent")


def reserve_for_run(*, calls: QuerySet[ModelCall], amount_micros: int) -> None:
    """Raise BudgetExceeded where the calls of one run, or dry run, would cost more than one may; one worker adds to them."""
    limit = settings.DECISION_BUDGETS["run"]
    if not limit:
        return
    spent = calls.aggregate(spent=Sum("cost_micros"))["spent"] or 0
    if spent + amount_micros > limit:
        raise BudgetExceeded("the budget run is spent")


def settle(*, call: ModelCall, released_micros: int, spent_micros: int) -> None:
    """Turn a call's reservation into what it cost, in every budget it counts to; inside the caller's transaction."""
    for _, scope in _scopes(call.user, call.started_at):
        ModelSpend.objects.filter(pk=_row(scope).pk).update(
            reserved_micros=F("reserved_micros") - released_micros,
            spent_micros=F("spent_micros") + spent_micros,
        )


def _scopes(user: str, at: datetime) -> list[tuple[str, Scope]]:
    """The budgets of one call, by the names of the settings; days are those of UTC in real time."""
    return [
        ("all_time", (SpendScope.EVERYTHING, "", None)),
        ("day", (SpendScope.EVERYTHING, "", at.date())),
        ("user_day", (SpendScope.USER, user, at.date())),
    ]


def _row(scope: Scope) -> ModelSpend:
    kind, key, on = scope
    row, _ = ModelSpend.objects.get_or_create(scope=kind, key=key, date=on)
    return row
