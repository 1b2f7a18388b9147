"""Position math: adding averages the entry, reducing keeps it, flat leaves no cost behind."""

from apps.exchange.rounding import mul_div
from apps.exchange.types import Position


def apply_fill(
    size_lots: int, cost_micros: int, side: int, fill_lots: int, notional_micros: int
) -> tuple[int, int, int]:
    """Apply one fill; return (size, cost, realized profit), size and cost signed.

    Raises ValueError when the fill crosses zero: a flip is two fills.
    """
    delta = side * fill_lots
    if size_lots * delta >= 0:
        return size_lots + delta, cost_micros + side * notional_micros, 0
    held = abs(size_lots)
    if fill_lots > held:
        raise ValueError("a fill may not cross zero; close first, then open")
    removed = mul_div(cost_micros, fill_lots, held)
    return size_lots + delta, cost_micros - removed, -side * notional_micros - removed


def unrealized(value_micros: int, cost_micros: int) -> int:
    """Return the open profit of a position from its signed value at the mark and its signed cost."""
    return value_micros - cost_micros


def replace_position(
    held: tuple[Position, ...], symbol: str, position: Position | None
) -> tuple[Position, ...]:
    """Return the positions with the asset's entry exchanged (None removes it), ordered by symbol."""
    others = [entry for entry in held if entry.symbol != symbol]
    if position is not None:
        others.append(position)
        others.sort(key=lambda entry: entry.symbol)
    return tuple(others)
