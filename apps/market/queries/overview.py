"""How assets stand at one moment, for those who show many at once: a constant number of reads."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import mul
from typing import NamedTuple

from apps.core.moments import from_ms, to_ms
from apps.exchange.types import Instrument, Quote
from apps.market.models import Asset
from apps.market.queries.health import asset_health
from apps.market.queries.positioning import latest_contexts
from apps.market.queries.prices import latest_quotes
from apps.market.queries.registry import to_instrument
from apps.market.queries.windows import read_windows
from apps.market.types import HOUR_MS, AssetHealth, CandleWindow, ContextValue

DAY = timedelta(days=1)
HOURS = 25
"""The hours that a day touches."""


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
    keys = dict(Asset.objects.filter(symbol__in=list(symbols)).values_list("symbol", "pk"))
    windows = read_windows(keys, interval_ms=HOUR_MS, at=at, limit=HOURS)
    since_ms = to_ms(at - DAY) - HOUR_MS
    moves = {symbol: _move(window, since_ms) for symbol, window in windows.items()}
    return {symbol: move for symbol, move in moves.items() if move.closes}


def _move(window: CandleWindow, since_ms: int) -> DayMove:
    """The part of a window that opened after `since_ms`: rows with a gap reach further back."""
    first = bisect_right(window.open_ms, since_ms)
    closes, volumes = window.close_micros[first:], window.volume_micros[first:]
    is_whole = bool(closes) and window.open_ms[first] <= since_ms + 2 * HOUR_MS
    return DayMove(
        closes=list(closes),
        before_micros=window.open_micros[first] if is_whole else None,
        notional_micros=sum(map(mul, closes, volumes)) // 1_000_000,
    )
