"""Whether what others cite is still there."""

from collections.abc import Iterable

from apps.market.models import BookSnapshot, Quote

_ASKED_AT_ONCE = 500


def missing_citations(references: Iterable[str]) -> set[str]:
    """Return those of "quote:12" and "book:7" that are not stored and marked as cited: every one must be."""
    wanted = sorted(set(references))
    found: set[str] = set()
    for first in range(0, len(wanted), _ASKED_AT_ONCE):
        part = wanted[first : first + _ASKED_AT_ONCE]
        quotes = Quote.objects.filter(is_cited=True, pk__in=_keys(part, "quote:"))
        books = BookSnapshot.objects.filter(is_cited=True, pk__in=_keys(part, "book:"))
        found |= {f"quote:{key}" for key in quotes.values_list("pk", flat=True)}
        found |= {f"book:{key}" for key in books.values_list("pk", flat=True)}
    return set(wanted) - found


def _keys(references: Iterable[str], kind: str) -> list[int]:
    words = (reference.removeprefix(kind) for reference in references if reference.startswith(kind))
    return [int(word) for word in words if word.isdecimal()]
