"""Reads of market memory; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import F, OuterRef, QuerySet, Subquery

from apps.core.errors import NotFound
from apps.exchange.types import Book, BookLevel, Instrument, MarginTier
from apps.exchange.types import Quote as ExchangeQuote
from apps.market.models import (
    Asset,
    BookSnapshot,
    Candle,
    IngestionRun,
    MarketSourceState,
    PriceRejection,
    Quote,
)
from apps.market.types import (
    FIVE_MINUTES_MS,
    HOUR_MS,
    MINUTE_MS,
    AssetHealth,
    CandleValue,
    Channel,
    ChannelHealth,
    IngestionHealth,
    IngestionStatus,
    MarketMemory,
    SourceChoice,
    TapeBar,
    interval,
)

DEFAULT_MEMORY: Mapping[int, int] = {MINUTE_MS: 120, FIVE_MINUTES_MS: 60, HOUR_MS: 24}
STALE_AFTER = timedelta(seconds=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        at_ms=_to_ms(row.at),
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
        at_ms=_to_ms(row.at),
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
        moments.append(_EPOCH + timedelta(milliseconds=quote.at_ms))
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


def source_state() -> SourceChoice | None:
    """Return the chosen source with its label and reason, None before the first choice."""
    row = MarketSourceState.objects.first()
    if row is None:
        return None
    return SourceChoice(row.name, row.label, row.reason, row.span_start, row.span_end)


def list_ingestion_runs() -> QuerySet[IngestionRun]:
    """Return ingestion runs, newest first."""
    return IngestionRun.objects.order_by("-id")


def last_success_with_rows(channel: Channel) -> datetime | None:
    """Return when a channel last succeeded and wrote something."""
    runs = IngestionRun.objects.filter(channel=channel, status=IngestionStatus.SUCCEEDED, rows_written__gt=0)
    return runs.order_by("-id").values_list("finished_at", flat=True).first()


def ingestion_health(now: datetime) -> IngestionHealth:
    """Return how source, channels and prices stand at `now`."""
    return IngestionHealth(
        source=source_state(),
        channels=[_channel_health(Channel(channel), now) for channel in Channel.values],
        assets=_asset_health(now),
    )


def _channel_health(channel: Channel, now: datetime) -> ChannelHealth:
    runs = IngestionRun.objects.filter(channel=channel).order_by("-id")
    last = runs.first()
    if last is None:
        return ChannelHealth(channel.value, "never", None, None, None, 0, "")
    good = (
        last
        if last.status == IngestionStatus.SUCCEEDED
        else runs.filter(status=IngestionStatus.SUCCEEDED).first()
    )
    success_at = good.finished_at if good else None
    age_ms = max(0, _to_ms(now) - _to_ms(success_at)) if success_at else None
    return ChannelHealth(
        channel.value, last.status, last.finished_at, success_at, age_ms, last.rows_written, last.error
    )


def _asset_health(now: datetime) -> list[AssetHealth]:
    assets = list(Asset.objects.filter(is_delisted=False))
    quotes = latest_quotes([asset.symbol for asset in assets], at=now)
    faults = {
        row.asset_id: row.reason
        for row in PriceRejection.objects.filter(resolved_at__isnull=True).order_by("at")
    }
    health = []
    for asset in assets:
        quote = quotes.get(asset.symbol)
        age = _to_ms(now) - quote.at_ms if quote else None
        price_at = _EPOCH + timedelta(milliseconds=quote.at_ms) if quote else None
        is_stale = age is None or age > STALE_AFTER // timedelta(milliseconds=1)
        health.append(AssetHealth(asset.symbol, price_at, age, is_stale, faults.get(asset.pk, "")))
    return health


def _to_ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
