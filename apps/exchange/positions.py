"""Position math: adding averages the entry, reducing keeps it, flat leaves neither cost nor margin behind."""

from typing import NamedTuple

from apps.exchange.figures import FLAT, Held
from apps.exchange.rounding import mul_div
from apps.exchange.types import Position


class Moved(NamedTuple):
    """A position after one fill, the profit it realized, and the signed change of its isolated margin."""

    held: Held
    realized: int
    margin: int


def apply_fill(
    size_lots: int, cost_micros: int, side: int, fill_lots: int, notional_micros: int
) -> tuple[int, int, int]:
    """Apply one fill; return (size, cost, realized profit), size and cost signed.

    Raises ValueError when the fill crosses zero: a flip is two fills.
    """
    delta = side * fill_lots
    if size_lots == 0 or (size_lots > 0) == (delta > 0):
        return size_lots + delta, cost_micros + side * notional_micros, 0
    held = abs(size_lots)
    if fill_lots > held:
        raise ValueError("a fill may not cross zero; close first, then open")
    removed = mul_div(cost_micros, fill_lots, held)
    return size_lots + delta, cost_micros - removed, -side * notional_micros - removed


def move(held: Held, fill: Held) -> Moved:
    """Apply one fill to a position with its margin; the fill is given as the position it would be on its own.

    Growing adds the fill's margin to an isolated position, and the fill's leverage and mode hold for the whole of it
    from now on. Shrinking releases the share of the margin that leaves with the lots. A fill may not cross zero.
    """
    side = 1 if fill.size > 0 else -1
    lots, notional = abs(fill.size), abs(fill.cost)
    size, cost, realized = apply_fill(held.size, held.cost, side, lots, notional)
    if abs(size) > abs(held.size):
        taken = fill.margin * fill.is_isolated
        after = Held(size, cost, fill.leverage, fill.is_isolated, held.margin + taken)
        return Moved(after, realized, taken)
    if size == 0:
        return Moved(FLAT, realized, -held.margin)
    released = mul_div(held.margin, lots, abs(held.size))
    after = Held(size, cost, held.leverage, held.is_isolated, held.margin - released)
    return Moved(after, realized, -released)


def replace_position(
    held: tuple[Position, ...], symbol: str, position: Position | None
) -> tuple[Position, ...]:
    """Return the positions with the asset's entry exchanged (None removes it), ordered by symbol."""
    others = [entry for entry in held if entry.symbol != symbol]
    if position is not None:
        others.append(position)
        others.sort(key=lambda entry: entry.symbol)
    return tuple(others)
