"""The only way a status changes: one conditional UPDATE along a published table."""

from collections.abc import Mapping, Set
from typing import Any, TypeVar

from django.db import models

from apps.core.errors import IllegalTransition

TransitionTable = Mapping[str, Set[str]]
M = TypeVar("M", bound=models.Model)


def allowed_sources(table: TransitionTable, to: str) -> list[str]:
    """The states from which `table` allows a move to `to`, sorted."""
    return sorted(str(source) for source, targets in table.items() if to in targets)


def advance(instance: M, *, to: str, table: TransitionTable, field: str = "status", **fields: Any) -> M:
    """Move `instance` to state `to` and set `fields` in the same UPDATE; refresh the instance's attributes.

    Raises IllegalTransition when the row is in no state from which the table allows the move (or no
    longer exists).
    """
    sources = allowed_sources(table, to)
    manager = type(instance)._base_manager
    moved = 0
    if sources:
        rows = manager.filter(pk=instance.pk, **{f"{field}__in": sources})
        moved = rows.update(**{field: to, **fields})
    if not moved:
        current = manager.filter(pk=instance.pk).values_list(field, flat=True).first()
        name = instance._meta.verbose_name
        raise IllegalTransition(f"This {name} is {current or 'gone'} and cannot become {to}.")
    setattr(instance, field, to)
    if any(hasattr(value, "resolve_expression") for value in fields.values()):
        instance.refresh_from_db(fields=list(fields))
    else:
        for key, value in fields.items():
            setattr(instance, key, value)
    return instance
