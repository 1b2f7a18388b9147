"""One definition of performance for accounts, backtests, auditions and races, in integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt

from apps.exchange.rounding import BPS_SCALE, RATE_SCALE, mul_div

SHARPE_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class Performance:
    """Results of an equity series; `sharpe_e4` is per sample, not annualised, in 1e-4."""

    start_micros: int
    end_micros: int
    peak_micros: int
    return_bps: int
    max_drawdown_bps: int
    sharpe_e4: int
    samples: int


def return_bps(start_micros: int, end_micros: int) -> int:
    """Return the gain over the start in basis points; zero when there was nothing to start with."""
    return mul_div(end_micros - start_micros, BPS_SCALE, start_micros) if start_micros > 0 else 0


def drawdown_bps(peak_micros: int, equity_micros: int) -> int:
    """Return how far equity is below its peak in basis points; zero at or above the peak."""
    if peak_micros <= 0 or equity_micros >= peak_micros:
        return 0
    return mul_div(peak_micros - equity_micros, BPS_SCALE, peak_micros)


def sharpe_e4(equities: Sequence[int]) -> int:
    """Return mean over sample deviation of the returns between samples, in 1e-4; zero if undefined."""
    returns = [
        mul_div(later - earlier, RATE_SCALE, earlier) for earlier, later in pairwise(equities) if earlier > 0
    ]
    count, total = len(returns), sum(returns)
    spread = count * sum(value * value for value in returns) - total * total
    if count < 2 or spread == 0:
        return 0
    ratio = isqrt(total * total * SHARPE_SCALE**2 * (count - 1) // (count * spread))
    return ratio if total >= 0 else -ratio


def summary(equities: Sequence[int]) -> Performance:
    """Summarise an equity series in time order; an empty one gives zeros."""
    if not equities:
        return Performance(0, 0, 0, 0, 0, 0, 0)
    peak, deepest = equities[0], 0
    for equity in equities:
        peak = max(peak, equity)
        deepest = max(deepest, drawdown_bps(peak, equity))
    return Performance(
        start_micros=equities[0],
        end_micros=equities[-1],
        peak_micros=peak,
        return_bps=return_bps(equities[0], equities[-1]),
        max_drawdown_bps=deepest,
        sharpe_e4=sharpe_e4(equities),
        samples=len(equities),
    )
