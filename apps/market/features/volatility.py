"""How much a price moves: realised volatility, Parkinson's estimate and the average true range of a window of candles.

Logarithms are of a ratio near one and come from their series, by the four basic operations in one fixed order: libm's
`log` may differ between machines in the last bit, these may not. Square roots are exact integers or IEEE 754's.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from apps.market.features.values import Volatility

SHORT, LONG = 20, 100
ATR_PERIOD = 14
YEAR_MS = 365 * 86_400_000
NANOS = 1_000
_LN_2 = 0.6931471805599453


def volatility(
    highs: Sequence[int], lows: Sequence[int], closes: Sequence[int], *, interval_ms: int
) -> Volatility:
    """Return the volatility at the last of ascending candles (micro-dollars), None for what needs more of them."""
    returns = [log_ratio(close, before) for before, close in pairwise(closes[-LONG - 1 :])]
    short = _root_mean_square(returns, SHORT)
    long = _root_mean_square(returns, LONG)
    return Volatility(
        realised_20_e6=None if short is None else round(short * 1e6),
        realised_100_e6=None if long is None else round(long * 1e6),
        annualised_20_bps=None if short is None else round(short * sqrt(YEAR_MS / interval_ms) * 1e4),
        parkinson_20_e6=_parkinson(highs, lows),
        atr_14_nanos=atr(highs, lows, closes),
    )


def log_ratio(new: int, old: int) -> float:
    """Return ln(new / old) of two positive integers: 2 * (z + z^3/3 + z^5/5 + ...) with z = (new-old)/(new+old).

    Doublings are taken out first, so that z is at most a third and a dozen terms are enough.
    """
    doublings = 0
    while new > 2 * old:
        old, doublings = 2 * old, doublings + 1
    while old > 2 * new:
        new, doublings = 2 * new, doublings - 1
    z = (new - old) / (new + old)
    square, power, total, odd = z * z, z, z, 1
    while True:
        power *= square
        odd += 2
        further = total + power / odd
        if further == total:
            return 2.0 * total + doublings * _LN_2
        total = further


def atr(
    highs: Sequence[int], lows: Sequence[int], closes: Sequence[int], period: int = ATR_PERIOD
) -> int | None:
    """Return Wilder's average true range in 1e-9 dollars: a simple mean of the first ranges, then smoothing."""
    if len(closes) <= period:
        return None
    ranges = [
        max(high, before) - min(low, before)
        for high, low, before in zip(highs[1:], lows[1:], closes[:-1], strict=True)
    ]
    average = sum(ranges[:period]) / period
    for value in ranges[period:]:
        average = (average * (period - 1) + value) / period
    return round(average * NANOS)


def _root_mean_square(returns: Sequence[float], period: int) -> float | None:
    """Realised volatility around a mean of zero: the mean of so short a time is noise."""
    if len(returns) < period:
        return None
    total = 0.0
    for value in returns[-period:]:
        total += value * value
    return sqrt(total / period)


def _parkinson(highs: Sequence[int], lows: Sequence[int]) -> int | None:
    if len(highs) < SHORT:
        return None
    total = 0.0
    for high, low in zip(highs[-SHORT:], lows[-SHORT:], strict=True):
        span = log_ratio(high, low)
        total += span * span
    return round(sqrt(total / (4 * _LN_2 * SHORT)) * 1e6)
