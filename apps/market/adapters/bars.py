"""What makes a candle a candle, whoever recorded it."""

from apps.market.types import Bar


def bar_fault(bar: Bar, *, close_ms: int, interval_ms: int) -> str:
    """Return what is wrong with a candle, empty when nothing is."""
    if bar.open_ms % interval_ms:
        return "the open time is not aligned"
    if close_ms != bar.open_ms + interval_ms - 1:
        return "the close time does not end the interval"
    if not bar.low_micros <= min(bar.open_micros, bar.close_micros):
        return "the low is above open or close"
    if not bar.high_micros >= max(bar.open_micros, bar.close_micros):
        return "the high is below open or close"
    if bar.low_micros <= 0:
        return "a price is not positive"
    return "the volume is negative" if bar.volume_micros < 0 else ""
