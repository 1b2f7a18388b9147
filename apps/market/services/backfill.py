"""Loading history at once: every candle and, where wanted, a quote at each close."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, Candle, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.operations.types import Report


def backfill(
    *,
    start: datetime,
    end: datetime,
    now: datetime | None = None,
    quotes: bool = True,
    source: MarketSource | None = None,
) -> Report:
    """Write all candles that close in (start, end], each knowable at its close, and the derived ones.

    With `quotes`, each close of the shortest candle is also a price: mark = oracle = mid = close, with the
    funding rate known then. Safe to repeat. The source is asked before anything is written; raises
    AdapterError when it fails, NotFound when none is chosen.
    """
    chosen = source or sources.current()
    register_assets(chosen, now=now or end)
    assets = list(
        Asset.objects.filter(symbol__in=[item.symbol for item in chosen.instruments()]).order_by("pk")
    )
    rows: list[Candle] = []
    prices: list[Quote] = []
    untils: dict[int, datetime] = {}
    for asset in assets:
        own = chosen.intervals(asset.symbol)
        for length in own:
            bars = chosen.candles(symbol=asset.symbol, interval_ms=length, start=start, end=end)
            fresh = candles.rows_of(asset, length, bars, written_at=None)
            rows += fresh
            if fresh and length == own[0]:
                untils[asset.pk] = fresh[-1].open_at + timedelta(milliseconds=length)
                rows += [
                    candle
                    for target in candles.derived_lengths(own)
                    for candle in candles.aggregate(fresh, target_ms=target)
                ]
                if quotes:
                    prices += [_close_quote(chosen, asset, row) for row in fresh]
    with transaction.atomic():
        candles.write(rows)
        candles.advance_cursor(assets, untils, column="candles_until")
        if quotes:
            Quote.objects.bulk_create(prices, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
            candles.advance_cursor(assets, untils, column="quotes_until")
    return Report(seen=len(assets), done=len(rows) + len(prices))


def _close_quote(source: MarketSource, asset: Asset, row: Candle) -> Quote:
    at = row.open_at + timedelta(milliseconds=row.interval_ms)
    return Quote(
        asset=asset,
        at=at,
        mark_micros=row.close_micros,
        oracle_micros=row.close_micros,
        mid_micros=row.close_micros,
        funding_rate_e10=source.funding_rate_e10(symbol=asset.symbol, at=at),
        source=asset.source,
        knowable_at=at,
    )
