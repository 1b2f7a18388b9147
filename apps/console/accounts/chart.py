"""An account's equity as a picture: an SVG that the server draws, with its lines, its labels and no script."""

from collections.abc import Sequence
from typing import Any

from apps.console.words import moment
from apps.operations.admin_columns import money
from apps.trading.types import EquityPoint

WIDTH, HEIGHT = 960, 240
TOP, BOTTOM = 12, 12
MOMENTS = 4


def equity_chart(series: Sequence[EquityPoint], *, start_micros: int) -> dict[str, Any] | None:
    """Line, area, the height of the start and what stands at the edges; None where there is nothing to draw."""
    if len(series) < 2:
        return None
    values = [point.equity_micros for point in series]
    low, high = min(*values, start_micros), max(*values, start_micros)
    began, ended = series[0].at, series[-1].at
    span = (ended - began).total_seconds() or 1.0
    spots = [
        f"{(point.at - began).total_seconds() / span * WIDTH:.1f} {_height(point.equity_micros, low, high):.1f}"
        for point in series
    ]
    line = f"M{'L'.join(spots)}"
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "line": line,
        "area": f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}z",
        "start_y": f"{_height(start_micros, low, high):.1f}",
        "high": money(high),
        "low": money(low),
        "moments": [moment(began + (ended - began) * place / (MOMENTS - 1)) for place in range(MOMENTS)],
        "tone": "up" if values[-1] >= start_micros else "down",
        "says": f"Equity from {money(values[0])} to {money(values[-1])}, between {money(low)} and {money(high)}",
    }


def _height(micros: int, low: int, high: int) -> float:
    if high == low:
        return HEIGHT / 2
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (micros - low) / (high - low)
