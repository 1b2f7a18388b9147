"""Loading history at once: every candle and, where wanted, a quote at each close."""

from datetime import datetime
from functools import partial

from django.db import transaction

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.market.services.outcome import Outcome
from apps.market.services.prices import close_quote
from apps.market.types.blocks import CandleRow
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
    registry.attempt("assets", lambda: register_assets(chosen, now=now or end).listed_count)
    assets = list(Asset.objects.filter(is_delisted=False, is_tracked=True).order_by("pk"))
    rows: list[CandleRow] = []
    prices: list[Quote] = []
    untils: dict[int, datetime] = {}

    def load(asset: Asset) -> int:
        base, others = _history(chosen, asset, start, end, outcome)
        closes = [close_quote(chosen, asset, row) for row in base] if quotes else []
        if base:
            untils[asset.pk] = base[-1].close_at
        rows.extend((*base, *others))
        prices.extend(closes)
        return len(base) + len(others) + len(closes)

    for asset in assets:
        outcome.attempt(f"candles {asset.symbol}", partial(load, asset))
    with transaction.atomic():
        candles.write(rows, now=now or end)
        candles.advance_cursor(assets, untils, column="candles_until")
        if quotes:
            Quote.objects.bulk_create(prices, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
            candles.advance_cursor(assets, untils, column="quotes_until")
    errors = (*registry.errors, *outcome.report().errors)
    failed = len(registry.errors) + len(outcome.errors)
    return Report(seen=outcome.seen, done=outcome.written, failed=failed, errors=errors)


def _history(
    source: MarketSource, asset: Asset, start: datetime, end: datetime, outcome: Outcome
) -> tuple[list[CandleRow], list[CandleRow]]:
    """An asset's shortest candles, and all longer ones, its own and derived."""
    own = source.intervals(asset.symbol)
    found = []
    for length in own:
        bars = source.candles(symbol=asset.symbol, interval_ms=length, start=start, end=end)
        what = f"candle {asset.symbol} {length}"
        sound = candles.sound_bars(bars, interval_ms=length, horizon=end, what=what, outcome=outcome)
        found.append(candles.rows_of(asset, length, sound, written_at=None))
    base, longer = found[0], [row for rows in found[1:] for row in rows]
    for target in candles.derived_lengths(own):
        longer += candles.aggregate(base, target_ms=target)
    return base, longer
