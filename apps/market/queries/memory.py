"""Reads of market memory; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery

from apps.core.errors import NotFound
from apps.core.moments import from_ms, to_ms
from apps.exchange.types import Book, BookLevel, Instrument, MarginTier
from apps.exchange.types import Quote as ExchangeQuote
from apps.market.models import Asset, BookSnapshot, Candle, Quote
from apps.market.types import (
    FIVE_MINUTES_MS,
    HOUR_MS,
    MINUTE_MS,
    CandleValue,
    Close,
    MarketMemory,
    TapeBar,
    interval,
)

DEFAULT_MEMORY: Mapping[int, int] = {MINUTE_MS: 120, FIVE_MINUTES_MS: 60, HOUR_MS: 24}
_CANDLE_COLUMNS = (
    "asset__symbol",
    "interval_ms",
    "open_at",
    "open_micros",
    "high_micros",
    "low_micros",
    "close_micros",
    "volume_micros",
    "knowable_at",
)


def get_asset(symbol: str) -> Asset:
    """Return the registry row; raises NotFound."""
    asset = Asset.objects.filter(symbol=symbol).first()
    if asset is None:
        raise NotFound(f"There is no asset {symbol[:40]!r}.", code="ASSET_UNKNOWN")
    return asset


def list_assets() -> QuerySet[Asset]:
    """Return every registered asset in the order of registration."""
    return Asset.objects.all()


def instrument(symbol: str) -> Instrument:
    """Return the contract of an asset; raises NotFound."""
    return to_instrument(get_asset(symbol))


def instruments(symbols: Iterable[str] | None = None) -> dict[str, Instrument]:
    """Return the contracts of the known ones among `symbols`, or of every asset when None."""
    rows = Asset.objects.all() if symbols is None else Asset.objects.filter(symbol__in=list(symbols))
    return {row.symbol: to_instrument(row) for row in rows}


def to_instrument(asset: Asset) -> Instrument:
    """Return the exchange's value of a registry row."""
    return Instrument(
        symbol=asset.symbol,
        size_decimals=asset.size_decimals,
        max_leverage=asset.max_leverage,
        tiers=tuple(MarginTier(bound, leverage) for bound, leverage in asset.margin_tiers),
        is_delisted=asset.is_delisted,
        only_isolated=asset.only_isolated,
    )


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


def closed_candles(symbol: str, *, interval_ms: int, at: datetime, limit: int) -> list[CandleValue]:
    """Return the newest closed candles knowable at `at`, ascending, at most `limit`."""
    rows = Candle.objects.filter(
        asset__symbol=symbol,
        interval_ms=interval_ms,
        open_at__lte=at - interval(interval_ms),
        knowable_at__lte=at,
    ).order_by("-open_at")
    return [_candle(row) for row in reversed(rows.values_list(*_CANDLE_COLUMNS)[:limit])]


def latest_closes(
    symbols: Sequence[str], *, interval_ms: int, at: datetime, limit: int
) -> dict[str, list[Close]]:
    """Return what `closed_candles` would of each symbol that has any, as bare closes, in one read.

    The read spans the time in which `limit` unbroken candles lie; a symbol with gaps is read again by itself.
    """
    length = interval(interval_ms)
    rows = (
        Candle.objects.filter(
            asset__symbol__in=symbols,
            interval_ms=interval_ms,
            open_at__gt=at - (limit + 1) * length,
            open_at__lte=at - length,
            knowable_at__lte=at,
        )
        .order_by("open_at")
        .values_list("asset__symbol", "open_at", "close_micros", "knowable_at")
    )
    found: dict[str, list[Close]] = {symbol: [] for symbol in symbols}
    for symbol, open_at, close_micros, knowable_at in rows:
        found[symbol].append(Close(open_at + length, close_micros, knowable_at))
    for symbol in [name for name, closes in found.items() if len(closes) < limit]:
        found[symbol] = [
            Close(bar.close_at, bar.close_micros, bar.knowable_at)
            for bar in closed_candles(symbol, interval_ms=interval_ms, at=at, limit=limit)
        ]
    return {symbol: closes[-limit:] for symbol, closes in found.items() if closes}


def bars_in(
    symbol: str, *, interval_ms: int, start: datetime, end: datetime, at: datetime | None = None
) -> list[CandleValue]:
    """Return candles that opened in [start, end) and closed by `end`, ascending, knowable at `at` (default `end`)."""
    rows = Candle.objects.filter(
        asset__symbol=symbol,
        interval_ms=interval_ms,
        open_at__gte=start,
        open_at__lte=end - interval(interval_ms),
        knowable_at__lte=at or end,
    ).order_by("open_at")
    return [_candle(row) for row in rows.values_list(*_CANDLE_COLUMNS)]


def _candle(row: tuple[str, int, datetime, int, int, int, int, int, datetime]) -> CandleValue:
    symbol, length, open_at, open_, high, low, close, volume, knowable_at = row
    return CandleValue(
        symbol, length, open_at, open_at + interval(length), open_, high, low, close, volume, knowable_at
    )


def memory_at(symbol: str, *, at: datetime, candles: Mapping[int, int] = DEFAULT_MEMORY) -> MarketMemory:
    """Return the price and candles (interval in ms -> how many) of one asset that were knowable at `at`."""
    series = {
        length: closed_candles(symbol, interval_ms=length, at=at, limit=limit)
        for length, limit in candles.items()
    }
    quote = latest_quote(symbol, at=at)
    moments = [candle.knowable_at for bars in series.values() for candle in bars]
    if quote is not None:
        moments.append(from_ms(quote.at_ms))
    return MarketMemory(symbol, at, quote, series, max(moments, default=None))


def price_tape(symbols: Sequence[str], *, interval_ms: int, start: datetime, end: datetime) -> list[TapeBar]:
    """Return every close in (start, end] that also has a quote at that moment, by time then symbol.

    For bulk readers (a whole recording at once); each bar may be used from its `close_at` on.
    """
    length = interval(interval_ms)
    quotes = {
        (symbol, at): (key, rate)
        for key, symbol, at, rate in Quote.objects.filter(
            asset__symbol__in=symbols, at__gt=start, at__lte=end
        ).values_list("pk", "asset__symbol", "at", "funding_rate_e10")
    }
    rows = Candle.objects.filter(
        asset__symbol__in=symbols,
        interval_ms=interval_ms,
        open_at__gt=start - length,
        open_at__lte=end - length,
    ).values_list("asset__symbol", "open_at", "close_micros")
    bars = [
        TapeBar(symbol, open_at + length, close, *quotes[symbol, open_at + length])
        for symbol, open_at, close in rows
        if (symbol, open_at + length) in quotes
    ]
    return sorted(bars, key=lambda bar: (bar.close_at, bar.symbol))


def base_interval_ms(symbol: str) -> int:
    """Return the shortest candle length that the source has of an asset; raises NotFound."""
    return get_asset(symbol).base_interval_ms
