"""Builders of a small venue: instruments, quotes, books and one-line calls into the kernel."""

from collections.abc import Mapping
from typing import Any

from apps.exchange.execute import execute
from apps.exchange.record import gate_rows
from apps.exchange.types import (
    AccountState,
    ActionKind,
    Book,
    BookLevel,
    Denied,
    Executed,
    Instrument,
    MarginTier,
    OrderIntent,
    Policy,
    Position,
    Question,
    Quote,
    Side,
)

DOLLAR = 1_000_000
NOW = 1_700_000_000_000

BTC = Instrument("BTC", 5, 40, (MarginTier(0, 40), MarginTier(150_000_000 * DOLLAR, 20)))
ETH = Instrument("ETH", 4, 25, (MarginTier(0, 25), MarginTier(100_000_000 * DOLLAR, 15)))
SOL = Instrument("SOL", 2, 20, (MarginTier(0, 20), MarginTier(70_000_000 * DOLLAR, 10)))
KPEPE = Instrument("kPEPE", 0, 10)
INSTRUMENTS = {entry.symbol: entry for entry in (BTC, ETH, SOL, KPEPE)}
PRICES = {"BTC": 97_123_400_000, "ETH": 3_456_700_000, "SOL": 187_650_000, "kPEPE": 12_345}
POLICY = Policy(version="test", allowed_symbols=tuple(INSTRUMENTS), max_leverage=40)


def quote(symbol: str = "BTC", price: int | None = None, **changes: Any) -> Quote:
    """A quote whose mark, oracle and mid agree unless told otherwise."""
    mark = PRICES[symbol] if price is None else price
    values: dict[str, Any] = {
        "symbol": symbol,
        "mark_micros": mark,
        "oracle_micros": mark,
        "mid_micros": mark,
        "at_ms": NOW,
        "reference": f"quote:{symbol}",
    }
    return Quote(**{**values, **changes})


def marks(**prices: int) -> dict[str, Quote]:
    """Quotes of the whole venue, with some prices exchanged."""
    return {symbol: quote(symbol, prices.get(symbol)) for symbol in INSTRUMENTS}


def book(symbol: str = "BTC", mid: int | None = None, *, lots: int = 1_000, levels: int = 5) -> Book:
    """A book of equal levels, one basis point of the mid apart."""
    centre = PRICES[symbol] if mid is None else mid
    step = max(centre // 10_000, 1)
    return Book(
        symbol,
        NOW,
        tuple(BookLevel(centre - step * n, lots) for n in range(1, levels + 1)),
        tuple(BookLevel(centre + step * n, lots) for n in range(1, levels + 1)),
        f"book:{symbol}",
    )


def account(*positions: Position, cash: int = 100_000 * DOLLAR, **changes: Any) -> AccountState:
    """An active account."""
    return AccountState(**{"status": "active", "cash_micros": cash, "positions": positions, **changes})


def position(symbol: str, lots: int, *, price: int | None = None, leverage: int = 10) -> Position:
    """A position entered at the venue's price unless told otherwise."""
    entry = PRICES[symbol] if price is None else price
    scale = 10 ** INSTRUMENTS[symbol].size_decimals
    return Position(symbol, lots, entry * lots // scale, leverage)


def intent(kind: str = "open", symbol: str = "BTC", **changes: Any) -> OrderIntent:
    """An intent; an open is for 1,000 dollars long at 5x unless told otherwise."""
    values: dict[str, Any] = {"side": Side.LONG, "leverage": 5}
    if kind == "open" and "size_lots" not in changes:
        values["notional_micros"] = 1_000 * DOLLAR
    return OrderIntent(ActionKind(kind), symbol, **{**values, **changes})


def run(
    state: AccountState,
    wanted: OrderIntent,
    *,
    policy: Policy = POLICY,
    prices: Mapping[str, Quote] | None = None,
    **changes: Any,
) -> Executed | Denied:
    """Execute an intent in the venue; the gates that it met must tell the same."""
    quotes = marks() if prices is None else prices
    values: dict[str, Any] = {
        "state": state,
        "intent": wanted,
        "instrument": INSTRUMENTS[wanted.symbol],
        "quote": quotes.get(wanted.symbol),
        "book": None,
        "marks": quotes,
        "instruments": INSTRUMENTS,
        "policy": policy,
        "now_ms": NOW,
    }
    values |= changes
    outcome = execute(**values)
    check_gates(Question(**values), outcome)
    return outcome


def check_gates(question: Question, outcome: Executed | Denied) -> None:
    """The first gate that does not hold is the reason of a denial; what was executed met gates that all hold."""
    rows = gate_rows(question)
    assert all(row.holds == (row.low <= row.value <= row.high) for row in rows)
    failing = [row for row in rows if not row.holds]
    if isinstance(outcome, Executed):
        assert failing == []
    else:
        assert failing == [rows[-1]]
        assert failing[0].code == outcome.reason


def done(result: Executed | Denied) -> Executed:
    """The executed result, or a failure that shows the denial."""
    assert isinstance(result, Executed), result
    return result
