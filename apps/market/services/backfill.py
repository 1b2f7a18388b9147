"""Loading history at once: every candle and, where wanted, a quote at each close."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, Candle, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.market.services.outcome import Outcome
from apps.market.services.prices import close_quote
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

    With `quotes`, each close of the shortest candle is also a price. Safe to repeat. An asset whose history
    cannot be had is counted as failed and left as it was: ingestion fetches it once the source answers.
    Raises NotFound when no source is chosen.
    """
    chosen = source or sources.current()
    registry, outcome = Outcome(), Outcome()
    registry.attempt("assets", lambda: register_assets(chosen, now=now or end))
    assets = list(Asset.objects.filter(is_delisted=False).order_by("pk"))
    rows: list[Candle] = []
    prices: list[Quote] = []
    untils: dict[int, datetime] = {}

    def load(asset: Asset) -> int:
        base, others = _history(chosen, asset, start, end)
        closes = [close_quote(chosen, row) for row in base] if quotes else []
        if base:
            untils[asset.pk] = base[-1].open_at + timedelta(milliseconds=base[-1].interval_ms)
        rows.extend((*base, *others))
        prices.extend(closes)
        return len(base) + len(others) + len(closes)

    for asset in assets:
        outcome.attempt(f"candles {asset.symbol}", partial(load, asset))
    with transaction.atomic():
        candles.write(rows)
        candles.advance_cursor(assets, untils, column="candles_until")
        if quotes:
            Quote.objects.bulk_create(prices, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
            candles.advance_cursor(assets, untils, column="quotes_until")
    errors = (*registry.errors, *outcome.report().errors)
    failed = len(registry.errors) + len(outcome.errors)
    return Report(seen=outcome.seen, done=outcome.written, failed=failed, errors=errors)


def _history(
    source: MarketSource, asset: Asset, start: datetime, end: datetime
) -> tuple[list[Candle], list[Candle]]:
    """An asset's shortest candles, and all longer ones, its own and derived."""
    own = source.intervals(asset.symbol)
    found = [
        candles.rows_of(
            asset,
            length,
            source.candles(symbol=asset.symbol, interval_ms=length, start=start, end=end),
            written_at=None,
        )
        for length in own
    ]
    base, longer = found[0], [row for rows in found[1:] for row in rows]
    for target in candles.derived_lengths(own):
        longer += candles.aggregate(base, target_ms=target)
    return base, longer
