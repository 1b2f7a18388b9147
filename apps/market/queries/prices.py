"""Reads of prices and books; nothing here ever returns what was not knowable at the moment asked about."""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Max, Min

from apps.core.moments import read_moment, to_ms
from apps.core.tables import Table, ask, marks, moment
from apps.exchange.types import Book, BookLevel
from apps.exchange.types import Quote as ExchangeQuote
from apps.market.models import Asset, BookSnapshot, PriceRejection, Quote

REGISTERED = (
    "id",
    "symbol",
    "size_decimals",
    "max_leverage",
    "margin_tiers",
    "is_delisted",
    "delisted_at",
    "only_isolated",
)
"""The columns of an asset that its contract and its prices hang on."""
_ASSETS = Table(Asset, reads=REGISTERED)
_QUOTES = Table(
    Quote, reads=("id", "asset_id", "at", "mark_micros", "oracle_micros", "mid_micros", "funding_rate_e10")
)
_BOOKS, _REJECTIONS = BookSnapshot._meta.db_table, Table(PriceRejection)


def latest_quote(symbol: str, *, at: datetime) -> ExchangeQuote | None:
    """Return the last accepted price knowable at `at`, None when there is none."""
    return latest_quotes([symbol], at=at).get(symbol)


def latest_quotes(symbols: Iterable[str], *, at: datetime) -> dict[str, ExchangeQuote]:
    """Return the last accepted price of each symbol that has one, with the fault that holds back a newer one.

    Three short reads for all. The last price of a delisted asset stands from its delisting on, as of the moment
    asked about, without funding and without fault: it is what its positions are valued and closed at.
    Every price is kept for two days, the last before each whole minute for thirty, then only what is cited: at an
    older moment the answer is the newest price that is left, exact at whole minutes of the last thirty days.
    """
    wanted = list(symbols)
    return quotes_of(_ASSETS.fetch(f"WHERE symbol IN ({marks(wanted)})", wanted), at=at) if wanted else {}


def quotes_of(registered: Iterable[Asset], *, at: datetime) -> dict[str, ExchangeQuote]:
    """As `latest_quotes`, of assets whose rows were read."""
    assets, known = {row.pk: row for row in registered}, moment(at)
    if not assets:
        return {}
    newest = (
        f"SELECT id FROM {_QUOTES.name} q WHERE q.asset_id = a.id AND q.at <= %s AND q.knowable_at <= %s"
        " ORDER BY q.at DESC LIMIT 1"
    )
    keys = f"SELECT ({newest}) FROM {_ASSETS.name} a WHERE a.id IN ({marks(assets)})"
    rows = _QUOTES.fetch(f"WHERE id IN ({keys})", [known, known, *assets])
    faults = _open_faults(assets, known)
    found = {}
    for row in rows:
        row.asset = assets[row.asset_id]
        is_over = _is_delisted(row.asset, at)
        found[row.asset.symbol] = (
            _last_word(row, at) if is_over else _quote(row, faults.get(row.asset_id, ""))
        )
    return found


def _open_faults(asset_ids: Collection[int], known: Any) -> dict[int, str]:
    """As `rejections.open_faults`, the newest of each asset last."""
    sql = (
        f"SELECT asset_id, reason FROM {_REJECTIONS.name} WHERE asset_id IN ({marks(asset_ids)}) AND at <= %s"
        " AND (resolved_at IS NULL OR resolved_at > %s) ORDER BY at, id"
    )
    return dict(ask(sql, [*asset_ids, known, known]))


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


def prices_whole_since() -> datetime | None:
    """Return a moment since which no price was thinned; None while there is no price.

    Counted back from the newest price by half the time that all are kept: retention may be ahead of that price.
    """
    newest = Quote.objects.order_by().aggregate(at=Max("at"))["at"]
    return None if newest is None else newest - settings.MARKET_RETENTION["quotes"] / 2


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
    rows = ask(
        f"SELECT id, CAST(at AS text), CAST(bids AS text), CAST(asks AS text) FROM {_BOOKS}"
        f" WHERE asset_id = (SELECT id FROM {_ASSETS.name} WHERE symbol = %s) AND at <= %s AND knowable_at <= %s"
        f" ORDER BY {_BOOKS}.at DESC LIMIT 1",
        [symbol, moment(at), moment(at)],
    )
    return _book(symbol, *rows[0]) if rows else None


@lru_cache(maxsize=256)
def _book(symbol: str, key: int, at: str, bids: str, asks: str) -> Book:
    """Kept, because a book of many levels is asked for at every moment until the next one comes."""
    return Book(
        symbol=symbol,
        at_ms=to_ms(read_moment(at)),
        bids=tuple(BookLevel(price, size) for price, size in json.loads(bids)),
        asks=tuple(BookLevel(price, size) for price, size in json.loads(asks)),
        reference=f"book:{key}",
    )
