"""Figures with units as text: what a decision saw, and what its gates asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apps.trading.queries.gate_figures import GateFigure, gate_figures
from apps.web import formats

UNKNOWN = "not enough data"
YES, NO = "yes", "no"


def measure(unit: str, value: Any) -> str:
    """A figure in people's words; text stays as it is."""
    if value is None:
        return UNKNOWN
    return _WRITERS[unit](value) if unit in _WRITERS else str(value)


def age(ms: int | None) -> str:
    """How old something was: "812 ms", "3 min 20 s"; empty where age means nothing."""
    if ms is None:
        return ""
    if ms < 1_000:
        return f"{max(ms, 0)}{formats.NO_BREAK}ms"
    return formats.span(timedelta(milliseconds=ms))


def gates(rows: Any) -> list[dict[str, Any]]:
    """Gates as a table: what is asked, the value, the range it must be in, and whether it was."""
    return [
        {
            "code": one.code,
            "asks": one.asks,
            "value": _value(one),
            "range": _range(one),
            "holds": one.holds,
            "is_figure": one.unit != "answer",
        }
        for one in gate_figures(rows)
    ]


def _value(gate: GateFigure) -> str:
    if gate.unit == "answer":
        return YES if gate.holds else NO
    return "never before" if gate.value is None else measure(gate.unit, gate.value)


def _range(gate: GateFigure) -> str:
    if gate.unit == "answer":
        return YES
    if gate.low is None and gate.high is None:
        return "anything"
    if gate.unit == "price" and gate.low == 1:
        return "above zero"
    if gate.high is None:
        return f"at least {measure(gate.unit, gate.low)}"
    if gate.low is None:
        return f"at most {measure(gate.unit, gate.high)}"
    return f"{measure(gate.unit, gate.low)} to {measure(gate.unit, gate.high)}"


def _points(value: int) -> str:
    return f"{value // 1_000_000}.{value % 1_000_000 // 10_000:02d}"


_WRITERS: dict[str, Any] = {
    "price": formats.price,
    "dollars": formats.dollars,
    "rate_e10": formats.rate,
    "bps": formats.percent,
    "distance_bps": lambda value: formats.percent(value, signed=False),
    "share_e6": formats.share_e6,
    "points_e6": _points,
    "chance_e6": formats.probability,
    "count": lambda value: f"{value:,}",
    "lots": lambda value: f"{value:,} lot{'' if value == 1 else 's'}",
    "times": lambda value: f"{value}×",
    "ms": age,
    "moment_ms": lambda value: formats.moment(datetime.fromtimestamp(value / 1000, tz=UTC)),
}
