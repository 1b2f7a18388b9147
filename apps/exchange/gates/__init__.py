"""The gates: every rule an order must pass, in an order that is data, each a positive range low <= value <= high.

A stage is a function from figures to rows (gate, low, value, high); the first row out of its range denies. An order
that only shrinks a position passes no gate that limits risk or pace: a way out is always open. Nothing but integers
comes here: what is not a number, and yes/no where a number belongs, is refused where decisions are parsed.
"""

from apps.exchange.gates.numbers import ALLOWED, GATE_ORDER, NUMBERS, SENTENCES, Row, Rows
from apps.exchange.types import Denied

__all__ = ["ALLOWED", "GATE_ORDER", "NUMBERS", "SENTENCES", "Row", "Rows", "denied", "first_failing"]


def first_failing(rows: Rows) -> Row:
    """Return the first row whose value is out of its range; ALLOWED when all are within."""
    for row in rows:
        if not row[1] <= row[2] <= row[3]:
            return row
    return ALLOWED


def denied(row: Row, symbol: str) -> Denied:
    """Return the refusal that a failing row means."""
    reason = GATE_ORDER[row[0] - 1]
    return Denied(reason, SENTENCES[reason].format(symbol=symbol, low=row[1], value=row[2], high=row[3]))
