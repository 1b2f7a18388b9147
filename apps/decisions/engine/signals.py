"""Three integer strategies over candle closes: each says which way to stand, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.decisions.engine.phrasing import dollars

TREND_FAST, TREND_SLOW, TREND_BAND_BPS = 2, 7, 5
REVERSION_WINDOW, REVERSION_FLOOR_BPS = 10, 15
BREAKOUT_ENTRY, BREAKOUT_EXIT = 6, 4
BPS = 10_000


@dataclass(frozen=True, slots=True)
class Signal:
    """`stance` is +1 long, -1 short, 0 flat, or None for "no new opinion"."""

    stance: int | None
    reason: str


def trend(closes: Sequence[int], held: int) -> Signal:
    """Follow the fast mean over the slow mean, once the gap clears the band."""
    if len(closes) < TREND_SLOW:
        return Signal(None, f"trend: {len(closes)} of {TREND_SLOW} closes known")
    fast = sum(closes[-TREND_FAST:]) // TREND_FAST
    slow = sum(closes[-TREND_SLOW:]) // TREND_SLOW
    gap = (fast - slow) * BPS // slow
    told = f"trend: fast mean {dollars(fast)} against slow mean {dollars(slow)}, {gap} bps"
    if gap >= TREND_BAND_BPS:
        return Signal(1, told)
    if gap <= -TREND_BAND_BPS:
        return Signal(-1, told)
    return Signal(None, told)


def mean_reversion(closes: Sequence[int], held: int) -> Signal:
    """Fade a stretch of 1.5 mean deviations away from the mean; leave when the mean is met again."""
    if len(closes) < REVERSION_WINDOW:
        return Signal(None, f"mean reversion: {len(closes)} of {REVERSION_WINDOW} closes known")
    window = closes[-REVERSION_WINDOW:]
    mean = sum(window) // REVERSION_WINDOW
    spread = sum(abs(close - mean) for close in window) // REVERSION_WINDOW
    stretch = closes[-1] - mean
    far = max(spread * 3 // 2, mean * REVERSION_FLOOR_BPS // BPS)
    told = f"mean reversion: {dollars(closes[-1])} against mean {dollars(mean)}, limit {dollars(far)}"
    if abs(stretch) >= far:
        return Signal(-1 if stretch > 0 else 1, told)
    if held and held * stretch >= 0:
        return Signal(0, told)
    return Signal(None, told)


def breakout(closes: Sequence[int], held: int) -> Signal:
    """Enter beyond the channel of earlier closes; leave when a shorter channel breaks the other way."""
    if len(closes) <= BREAKOUT_ENTRY:
        return Signal(None, f"breakout: {len(closes)} of {BREAKOUT_ENTRY + 1} closes known")
    last, before = closes[-1], closes[-1 - BREAKOUT_ENTRY : -1]
    high, low = max(before), min(before)
    told = f"breakout: {dollars(last)} in channel {dollars(low)} to {dollars(high)}"
    if last > high:
        return Signal(1, told)
    if last < low:
        return Signal(-1, told)
    nearer = closes[-1 - BREAKOUT_EXIT : -1]
    if (held > 0 and last < min(nearer)) or (held < 0 and last > max(nearer)):
        return Signal(0, told)
    return Signal(None, told)


STRATEGIES: dict[str, Callable[[Sequence[int], int], Signal]] = {
    "trend": trend,
    "mean_reversion": mean_reversion,
    "breakout": breakout,
}
