"""Reads of prices and books; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Max, Min, OuterRef, Subquery

from apps.core.moments import to_ms
from apps.exchange.types import Book, BookLevel
from apps.exchange.types import Quote as ExchangeQuote
from apps.market.models import Asset, BookSnapshot, Quote
from apps.market.queries.rejections import open_rejections


def latest_quote(symbol: str, *, at: datetime) -> ExchangeQuote | None:
    """Return the last accepted price knowable at `at`, None when there is none."""
    return latest_quotes([symbol], at=at).get(symbol)


def latest_quotes(symbols: Iterable[str], *, at: datetime) -> dict[str, ExchangeQuote]:
    """Return the last accepted price of each symbol that has one, with the fault that holds back a newer one.

    One indexed read for all. The last price of a delisted asset stands from its delisting on, as of the moment
    asked about, without funding and without fault: it is what its positions are valued and closed at.
    Every price is kept for two days, the last before each whole minute for thirty, then only what is cited: at an
    older moment the answer is the newest price that is left, exact at whole minutes of the last thirty days.
    """
    newest = Quote.objects.filter(asset=OuterRef("pk"), at__lte=at, knowable_at__lte=at).order_by("-at")
    keys = Asset.objects.filter(symbol__in=list(symbols)).values_list(
        Subquery(newest.values("pk")[:1]), flat=True
    )
    held_back = open_rejections(at=at).filter(asset=OuterRef("asset")).values("reason")[:1]
    rows = Quote.objects.filter(pk__in=keys).select_related("asset").annotate(fault=Subquery(held_back))
    return {
        row.asset.symbol: _last_word(row, at) if _is_delisted(row.asset, at) else _quote(row, row.fault or "")
        for row in rows
    }


def mark_ranges(
    symbols: Iterable[str], *, since: datetime | None = None, until: datetime | None = None
) -> dict[str, tuple[int, int]]:
    """Return the lowest and the highest mark of each symbol among the prices kept of that time, both ends included."""
    rows = Quote.objects.filter(asset__symbol__in=list(symbols))
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lte=until)
    found = rows.order_by().values_list("asset__symbol").annotate(Min("mark_micros"), Max("mark_micros"))
    return {symbol: (low, high) for symbol, low, high in found}


def _is_delisted(asset: Asset, at: datetime) -> bool:
    return asset.is_delisted and asset.delisted_at is not None and asset.delisted_at <= at


def _quote(row: Quote, fault: str) -> ExchangeQuote:
    return ExchangeQuote(
        symbol=row.asset.symbol,
        mark_micros=row.mark_micros,
        oracle_micros=row.oracle_micros,
        mid_micros=row.mid_micros,
        at_ms=to_ms(row.at),
        funding_rate_e10=row.funding_rate_e10,
        reference=f"quote:{row.pk}",
        fault=fault,
    )


def _last_word(row: Quote, at: datetime) -> ExchangeQuote:
    """The mark alone: a market that is closed has no spread between mark, oracle and mid, and no funding."""
    return replace(
        _quote(row, ""),
        oracle_micros=row.mark_micros,
        mid_micros=row.mark_micros,
        at_ms=to_ms(at),
        funding_rate_e10=0,
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
