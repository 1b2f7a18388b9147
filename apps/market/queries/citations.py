"""What others cite: whether it is still there, and what it says."""

from collections.abc import Iterable
from typing import NamedTuple

from apps.core.moments import to_ms
from apps.exchange.types import Book, BookLevel
from apps.exchange.types import Quote as QuoteValue
from apps.market.models import BookSnapshot, Quote

_ASKED_AT_ONCE = 500


class Cited(NamedTuple):
    """Quotes and books by the references under which they were cited."""

    quotes: dict[str, QuoteValue]
    books: dict[str, Book]


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


def cited(references: Iterable[str]) -> Cited:
    """The quotes and books that these references name, as they were stored; those that are gone are left out.

    Ask for at most some hundreds at once. What the word of a closed market was (the last mark for oracle and mid)
    and whether a newer price was held back is not part of a stored quote.
    """
    wanted = sorted(set(references))
    quotes = Quote.objects.filter(pk__in=_keys(wanted, "quote:")).select_related("asset")
    books = BookSnapshot.objects.filter(pk__in=_keys(wanted, "book:")).select_related("asset")
    return Cited(
        {
            f"quote:{row.pk}": QuoteValue(
                symbol=row.asset.symbol,
                mark_micros=row.mark_micros,
                oracle_micros=row.oracle_micros,
                mid_micros=row.mid_micros,
                at_ms=to_ms(row.at),
                funding_rate_e10=row.funding_rate_e10,
                reference=f"quote:{row.pk}",
            )
            for row in quotes
        },
        {
            f"book:{row.pk}": Book(
                symbol=row.asset.symbol,
                at_ms=to_ms(row.at),
                bids=tuple(BookLevel(price, size) for price, size in row.bids),
                asks=tuple(BookLevel(price, size) for price, size in row.asks),
                reference=f"book:{row.pk}",
            )
            for row in books
        },
    )


def _keys(references: Iterable[str], kind: str) -> list[int]:
    words = (reference.removeprefix(kind) for reference in references if reference.startswith(kind))
    return [int(word) for word in words if word.isdecimal()]
