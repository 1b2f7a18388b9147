"""Indicators of a window of closes: RSI, moving averages, Bollinger bands and MACD, the same bits on every machine.

Sums and square roots are exact integers. Recursive averages are plain Python floats in one fixed order: each step is a
single IEEE 754 addition, subtraction, multiplication or division, which is correctly rounded everywhere (no numpy sum,
whose order depends on the processor, and no libm). One rounding, half to even, makes the integer at the end. Every value
depends on the given window alone, so whoever gives the same closes gets the same values.
"""

from collections.abc import Sequence
from math import isqrt

from apps.exchange.rounding import mul_div
from apps.market.features.values import Indicators

RSI_PERIOD = 14
AVERAGE_PERIOD = 20
MACD_FAST, MACD_SLOW, MACD_SIGNAL = 12, 26, 9
NANOS = 1_000
_FLAT_RSI_E6 = 50_000_000


def indicators(closes: Sequence[int]) -> Indicators:
    """Return the indicators at the last of ascending closes in micro-dollars, None for each that needs more of them."""
    lower, upper = bollinger(closes)
    macd_nanos, signal_nanos = macd(closes)
    return Indicators(
        rsi_14_e6=rsi(closes),
        sma_20_micros=sma(closes),
        ema_20_micros=ema(closes),
        bollinger_upper_micros=upper,
        bollinger_lower_micros=lower,
        macd_nanos=macd_nanos,
        macd_signal_nanos=signal_nanos,
        macd_histogram_nanos=(
            None if macd_nanos is None or signal_nanos is None else macd_nanos - signal_nanos
        ),
    )


def rsi(closes: Sequence[int], period: int = RSI_PERIOD) -> int | None:
    """Return Wilder's RSI in 1e-6 of a point: a simple mean of the first changes, then smoothing.

    A price that never moved is neither strong nor weak: 50.
    """
    if len(closes) <= period:
        return None
    rise = fall = 0.0
    before = closes[0]
    for close in closes[1 : period + 1]:
        if close > before:
            rise += close - before
        else:
            fall += before - close
        before = close
    rise /= period
    fall /= period
    kept = period - 1
    for close in closes[period + 1 :]:
        if close > before:
            rise = (rise * kept + (close - before)) / period
            fall = fall * kept / period
        else:
            rise = rise * kept / period
            fall = (fall * kept + (before - close)) / period
        before = close
    return round(100_000_000 * (rise / (rise + fall))) if rise + fall else _FLAT_RSI_E6


def sma(closes: Sequence[int], period: int = AVERAGE_PERIOD) -> int | None:
    """Return the mean of the last closes."""
    return mul_div(sum(closes[-period:]), 1, period) if len(closes) >= period else None


def ema(closes: Sequence[int], period: int = AVERAGE_PERIOD) -> int | None:
    """Return the exponential average, weight 2 / (period + 1), seeded by the mean of the first `period` closes."""
    averages = _averages(closes, period)
    return round(averages[-1]) if averages else None


def bollinger(closes: Sequence[int], period: int = AVERAGE_PERIOD) -> tuple[int | None, int | None]:
    """Return the bands two deviations below and above the mean.

    The deviation is of the population (divided by 20, not 19), as John Bollinger defines his bands: the twenty closes
    are all there is to describe, not a sample of something larger.
    """
    if len(closes) < period:
        return None, None
    last = closes[-period:]
    total = sum(last)
    squares = period * sum(close * close for close in last) - total * total
    middle = mul_div(total, 1, period)
    # Two deviations are 2 * sqrt(squares) / period; adding half a period before dividing rounds to nearest.
    width = (isqrt(4 * squares) + period // 2) // period
    return middle - width, middle + width


def macd(closes: Sequence[int]) -> tuple[int | None, int | None]:
    """Return MACD 12/26 and its signal 9 in 1e-9 dollars; both averages and the signal are seeded by a mean."""
    slow = _averages(closes, MACD_SLOW)
    if not slow:
        return None, None
    fast = _averages(closes, MACD_FAST)[-len(slow) :]
    lines = [quick - late for quick, late in zip(fast, slow, strict=True)]
    signals = _averages(lines, MACD_SIGNAL)
    return round(lines[-1] * NANOS), round(signals[-1] * NANOS) if signals else None


def _averages(values: Sequence[float], period: int) -> list[float]:
    """The exponential average at every value from the one that completes the seed."""
    if len(values) < period:
        return []
    total = 0.0
    for value in values[:period]:
        total += value
    average = total / period
    weight = 2.0 / (period + 1)
    averages = [average]
    for value in values[period:]:
        average += (value - average) * weight
        averages.append(average)
    return averages
