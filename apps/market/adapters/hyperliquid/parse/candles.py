"""Candles of the venue: closed ones only, each judged by itself."""

from apps.core.errors import AdapterError
from apps.market.adapters.bars import bar_fault
from apps.market.adapters.hyperliquid.parse.reading import as_dict, as_list, field, readable, refusal, report
from apps.market.adapters.numbers import positive, volume
from apps.market.adapters.times import FUTURE_MS, epoch_ms
from apps.market.types import INTERVALS_MS, Bar

SETTLED_AFTER_MS = 10_000


def candles(
    body: object, *, symbol: str, interval: str, now_ms: int, rejected: list[str] | None = None
) -> list[Bar]:
    """Return the closed candles of a snapshot, ascending.

    A candle is closed when a later one is in the answer. The last one counts as closed only when its end is
    `SETTLED_AFTER_MS` behind `now_ms`: our clock may run ahead of the venue's, and late trades still enter.
    A crooked candle, or one that stands twice, is left out and named in `rejected`; null is no list of candles.
    """
    length = INTERVALS_MS[interval]
    entries = as_list(body, "candleSnapshot")
    what = f"candles of {symbol}"
    found = readable(
        entries, lambda entry: _bar(entry, symbol, interval, now_ms), what=what, rejected=rejected
    )
    bars: dict[int, Bar] = {}
    repeated: list[AdapterError] = []
    for bar in sorted(found, key=lambda bar: bar.open_ms):
        if bar.open_ms in bars:
            repeated.append(refusal("the candle stands twice"))
        bars.setdefault(bar.open_ms, bar)
    report(repeated, total=len(entries), what=what, rejected=rejected)
    ordered = list(bars.values())
    if ordered and ordered[-1].open_ms + length + SETTLED_AFTER_MS > now_ms:
        ordered.pop()
    return [bar for bar in ordered if bar.open_ms + length <= now_ms]


def _bar(entry: object, symbol: str, interval: str, now_ms: int) -> Bar:
    row, length = as_dict(entry, "a candle"), INTERVALS_MS[interval]
    if (field(row, "s"), field(row, "i")) != (symbol, interval):
        raise refusal(f"it is of {str(row['s'])[:40]} {str(row['i'])[:10]}")
    first, high, low, last = (positive(field(row, key), 6) for key in "ohlc")
    open_ms, close_ms = epoch_ms(field(row, "t")), epoch_ms(field(row, "T"))
    if open_ms > now_ms + FUTURE_MS:
        raise refusal("it has not begun")
    bar = Bar(open_ms, first, high, low, last, volume(field(row, "v")))
    fault = bar_fault(bar, close_ms=close_ms, interval_ms=length)
    if fault:
        raise refusal(fault)
    return bar
