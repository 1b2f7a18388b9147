"""How traders are positioned: open interest, turnover, premium and funding against their own past; exact integers."""

from collections.abc import Sequence
from datetime import datetime
from math import isqrt

from apps.exchange.rounding import BPS_SCALE, mul_div
from apps.market.features.values import Positioning

HOUR_MS = 3_600_000
WEEK_HOURS = 168
WEEK_LEAST = 120
"""A mean over fewer hours than these is not called a week's."""
E4 = 10_000


def positioning(
    *,
    open_interest_micros: int | None,
    hour_ago_micros: int | None,
    day_ago_micros: int | None,
    day_base_micros: int | None,
    premium_e10: int | None,
    rates: Sequence[tuple[int, int]],
    knowable_at: datetime,
) -> Positioning:
    """Return the positioning of one moment; `rates` are (hour in ms, hourly rate in 1e-10), ascending.

    Open interest and volume are in 1e-6 base units. Means over 8 and 24 hours want every hour of them.
    """
    return Positioning(
        open_interest_micros=open_interest_micros,
        open_interest_1h_bps=_change(open_interest_micros, hour_ago_micros),
        open_interest_24h_bps=_change(open_interest_micros, day_ago_micros),
        turnover_bps=_ratio(day_base_micros, open_interest_micros),
        premium_e10=premium_e10,
        funding_e10=rates[-1][1] if rates else None,
        funding_8h_e10=_mean(rates, 8),
        funding_24h_e10=_mean(rates, 24),
        funding_z_e4=_z_score(rates),
        knowable_at=knowable_at,
    )


def _change(now: int | None, before: int | None) -> int | None:
    return mul_div(now - before, BPS_SCALE, before) if now is not None and before else None


def _ratio(part: int | None, whole: int | None) -> int | None:
    return mul_div(part, BPS_SCALE, whole) if part is not None and whole else None


def _mean(rates: Sequence[tuple[int, int]], hours: int) -> int | None:
    last = rates[-hours:]
    if len(last) < hours or last[-1][0] - last[0][0] != (hours - 1) * HOUR_MS:
        return None
    return mul_div(sum(rate for _, rate in last), 1, hours)


def _z_score(rates: Sequence[tuple[int, int]]) -> int | None:
    """How many deviations the newest rate lies from the mean of the week that ends with it, in 1e-4."""
    if not rates:
        return None
    newest_ms, newest = rates[-1]
    week = [rate for hour_ms, rate in rates if hour_ms > newest_ms - WEEK_HOURS * HOUR_MS]
    count, total = len(week), sum(week)
    # count^2 times the population's variance: whole, so that a flat week is exactly zero.
    spread = count * sum(rate * rate for rate in week) - total * total
    if count < WEEK_LEAST or spread == 0:
        return None
    distance = newest * count - total
    size = isqrt(distance * distance * E4 * E4 // spread)
    return size if distance >= 0 else -size
