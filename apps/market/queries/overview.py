"""How assets stand at one moment, for those who show many at once: a constant number of reads."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from apps.core.moments import from_ms
from apps.exchange.types import Instrument, Quote
from apps.market.models import Asset, Candle
from apps.market.queries.health import asset_health
from apps.market.queries.positioning import latest_contexts
from apps.market.queries.prices import latest_quotes
from apps.market.queries.registry import to_instrument
from apps.market.types import HOUR_MS, AssetHealth, ContextValue, interval

DAY = timedelta(days=1)


class AssetState(NamedTuple):
    """A registry row with its last accepted price, its last context and how fresh the price is."""

    asset: Asset
    quote: Quote | None
    context: ContextValue | None
    health: AssetHealth

    @property
    def instrument(self) -> Instrument:
        """The exchange's value of the row."""
        return to_instrument(self.asset)

    @property
    def price_at(self) -> datetime | None:
        """When the last accepted price was."""
        return from_ms(self.quote.at_ms) if self.quote else None


class DayMove(NamedTuple):
    """An asset's last 24 hours by its hourly candles: closes, ascending, and what was traded in micro-dollars."""

    closes: list[int]
    before_micros: int | None
    notional_micros: int


def asset_states(assets: Sequence[Asset], *, at: datetime) -> list[AssetState]:
    """Return how each asset stands at `at`, in the order given."""
    symbols = [asset.symbol for asset in assets]
    quotes = latest_quotes(symbols, at=at)
    contexts = latest_contexts(symbols, at=at)
    health = asset_health(assets, quotes, at=at)
    return [
        AssetState(asset, quotes.get(asset.symbol), contexts.get(asset.symbol), health[asset.symbol])
        for asset in assets
    ]


def day_moves(symbols: Iterable[str], *, at: datetime) -> dict[str, DayMove]:
    """Return the last day of each symbol that has hourly candles; `before_micros` is the open a day ago, if known."""
    length = interval(HOUR_MS)
    rows = Candle.objects.filter(
        asset__symbol__in=list(symbols),
        interval_ms=HOUR_MS,
        open_at__gt=at - DAY - length,
        open_at__lte=at - length,
        knowable_at__lte=at,
    ).order_by("open_at")
    columns = ("asset__symbol", "open_at", "open_micros", "close_micros", "volume_micros")
    found: dict[str, list[tuple[datetime, int, int, int]]] = {}
    for symbol, *bar in rows.values_list(*columns):
        found.setdefault(symbol, []).append((bar[0], bar[1], bar[2], bar[3]))
    return {symbol: _move(bars, at) for symbol, bars in found.items()}


def _move(bars: list[tuple[datetime, int, int, int]], at: datetime) -> DayMove:
    first_at, first_open, _, _ = bars[0]
    is_whole = first_at <= at - DAY + interval(HOUR_MS)
    return DayMove(
        closes=[close for _, _, close, _ in bars],
        before_micros=first_open if is_whole else None,
        notional_micros=sum(close * volume for _, _, close, volume in bars) // 1_000_000,
    )
