"""How the invariants of trading are asked of one account alone, and what a person may call it.

What every account rests on, such as triggers and kill switches, is looked at for each.
"""

from functools import partial
from typing import Any

from django.db.models import Model, QuerySet

from apps.operations import invariants
from apps.trading.models import PropAccount

invariant = partial(invariants.invariant, subject="account")
"""Registers a check that takes an account's key, or None for all accounts."""


@invariants.subject("account")
def find(word: str) -> int | None:
    """The key of the account with this public id or ordinal, None when there is none."""
    named = {"ordinal": int(word)} if word.isdecimal() else {"public_id": word}
    return PropAccount.objects.filter(**named).values_list("pk", flat=True).first()


def rows_of(model: type[Model], account: int | None) -> QuerySet[Any]:
    """All rows of a table, or those of one account."""
    rows: QuerySet[Any] = model._default_manager.all()
    if account is None:
        return rows
    return rows.filter(**{"pk" if model is PropAccount else "account": account})


def keys_of(account: int | None) -> list[int] | None:
    """The account as queries of several accounts take it; None for all."""
    return None if account is None else [account]
