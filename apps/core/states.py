"""The only way a status changes: one conditional UPDATE along a published table."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeVar

from django.db import connections, models, router

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


def advance_each(
    instances: Sequence[M],
    *,
    source: str,
    table: TransitionTable,
    columns: Sequence[str],
    field: str = "status",
) -> None:
    """Write `columns` and the states the instances carry now, each from the state `source`: one statement for all.

    For rows that the caller has locked and found in `source`. Raises IllegalTransition, with some of them
    perhaps written, where the table forbids a move or a row has left the state: the caller's transaction
    undoes them.
    """
    if not instances:
        return
    model = type(instances[0])
    for instance in instances:
        if getattr(instance, field) not in table[source]:
            name = model._meta.verbose_name
            raise IllegalTransition(f"This {name} is {source} and cannot become {getattr(instance, field)}.")
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    known: dict[str, Any] = {each.name: each for each in model._meta.concrete_fields}
    fields = [known[name] for name in (field, *columns)]
    marks = ", ".join(f"{quote(each.column)} = %s" for each in fields)
    key, state = quote(_key(model).column), quote(known[field].column)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {marks} WHERE {key} = %s AND {state} = %s"
    rows = [
        [*(each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields), row.pk, source]
        for row in instances
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        if cursor.rowcount != len(rows):
            raise IllegalTransition(f"A {model._meta.verbose_name} is no longer {source}.")


def _key(model: type[models.Model]) -> Any:
    return next(each for each in model._meta.concrete_fields if each.primary_key)
