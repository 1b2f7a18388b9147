"""Marking the prices and books that something cites, so that they are kept for ever."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import connection

from apps.core.tables import ask, marks
from apps.market.models import BookSnapshot, Quote

_CITABLE: Mapping[str, type[Quote] | type[BookSnapshot]] = {"quote": Quote, "book": BookSnapshot}


def cite(references: Iterable[str]) -> None:
    """Mark what "quote:12" and "book:7" name as cited, in one statement a table; other words name nothing.

    Called in the transaction that writes the citing rows: either both stand or neither.
    """
    wanted: dict[str, set[int]] = defaultdict(set)
    for reference in references:
        kind, _, number = reference.partition(":")
        if kind in _CITABLE and number.isdecimal():
            wanted[kind].add(int(number))
    # Two who cite the same rows take their locks in one order, so neither waits for the other.
    lock = connection.ops.for_update_sql() if connection.features.has_select_for_update else ""
    for kind, model in _CITABLE.items():
        if keys := sorted(wanted[kind]):
            table = model._meta.db_table
            ordered = (
                f"SELECT id FROM {table} WHERE id IN ({marks(keys)}) AND NOT is_cited ORDER BY id {lock}"
            )
            ask(f"UPDATE {table} SET is_cited = %s WHERE id IN ({ordered})", [True, *keys])
