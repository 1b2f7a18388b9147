"""Marking the prices and books that something cites, so that they are kept for ever."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

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
    for kind, keys in wanted.items():
        _CITABLE[kind].objects.filter(pk__in=keys, is_cited=False).update(is_cited=True)
