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
    for kind, model in _CITABLE.items():
        if wanted[kind]:
            # Two who cite the same rows take their locks in one order, so neither waits for the other.
            fresh = model.objects.select_for_update().filter(pk__in=wanted[kind], is_cited=False)
            model.objects.filter(pk__in=fresh.order_by("pk").values_list("pk", flat=True)).update(
                is_cited=True
            )
