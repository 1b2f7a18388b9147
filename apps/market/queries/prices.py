"""Reads of prices and books; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from apps.core.moments import to_ms
from apps.exchange.types import Book, BookLevel
from apps.exchange.types import Quote as ExchangeQuote
from apps.market.models import Asset, BookSnapshot, Quote


def latest_quote(symbol: str, *, at: datetime) -> ExchangeQuote | None:
    """Return the last accepted price knowable at `at`, None when there is none."""
    return latest_quotes([symbol], at=at).get(symbol)


def latest_quotes(symbols: Iterable[str], *, at: datetime) -> dict[str, ExchangeQuote]:
    """Return the last accepted price of each symbol that has one; one indexed read for all."""
    newest = Quote.objects.filter(asset=OuterRef("pk"), at__lte=at, knowable_at__lte=at).order_by("-at")
    keys = Asset.objects.filter(symbol__in=list(symbols)).values_list(
        Subquery(newest.values("pk")[:1]), flat=True
    )
    rows = Quote.objects.filter(pk__in=keys).annotate(symbol=F("asset__symbol"))
    return {row.symbol: _quote(row.symbol, row) for row in rows}


def _quote(symbol: str, row: Quote) -> ExchangeQuote:
    return ExchangeQuote(
        symbol=symbol,
        mark_micros=row.mark_micros,
        oracle_micros=row.oracle_micros,
        mid_micros=row.mid_micros,
        at_ms=to_ms(row.at),
        funding_rate_e10=row.funding_rate_e10,
        reference=f"quote:{row.pk}",
    )


def latest_book(symbol: str, *, at: datetime) -> Book | None:
    """Return the last book knowable at `at`, None when there is none."""
    row = (
        BookSnapshot.objects.filter(asset__symbol=symbol, at__lte=at, knowable_at__lte=at)
        .order_by("-at")
        .first()
    )
    if row is None:
        return None
    return Book(
        symbol=symbol,
        at_ms=to_ms(row.at),
        bids=tuple(BookLevel(price, size) for price, size in row.bids),
        asks=tuple(BookLevel(price, size) for price, size in row.asks),
        reference=f"book:{row.pk}",
    )
