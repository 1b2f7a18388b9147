"""Reads of candles; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Sequence
from datetime import datetime

from apps.market.models import Candle, Quote
from apps.market.types import CandleValue, Close, TapeBar, interval

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


def closed_candles(
    symbol: str, *, interval_ms: int, at: datetime, limit: int, before: datetime | None = None
) -> list[CandleValue]:
    """Return the newest closed candles knowable at `at`, ascending, at most `limit`.

    Only those that closed by `before`, where it is given: the next page backwards.
    """
    end = at if before is None else min(at, before)
    rows = Candle.objects.filter(
        asset__symbol=symbol,
        interval_ms=interval_ms,
        open_at__lte=end - interval(interval_ms),
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
