"""The prices one tick works with, loaded once and shared, and the tests a price must pass before it
counts.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from apps.exchange.prices import quote_problem
from apps.exchange.types import Book, Instrument, Policy, Quote
from apps.market import queries as market
from apps.trading.models import Position

JUMP_BPS = 5_000
"""A mark this far from the last accepted one waits for a second, agreeing quote."""
AGREE_BPS = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970 of an aware time."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(at_ms: int) -> datetime:
    """The aware UTC time of whole milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=at_ms)


class PriceBoard:
    """Quotes, books and instruments as known at one moment; each is read from memory once."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.at_ms = to_ms(at)
        self._quotes: dict[str, Quote | None] = {}
        self._books: dict[str, Book | None] = {}
        self._instruments: dict[str, Instrument] = {}
        self._asked: set[str] = set()
        self._asset_ids: dict[str, int] = {}

    def quotes(self, symbols: Iterable[str]) -> dict[str, Quote]:
        """The latest quote of each symbol that has one."""
        wanted = sorted(set(symbols))
        missing = [symbol for symbol in wanted if symbol not in self._quotes]
        if missing:
            found = market.latest_quotes(missing, at=self.at)
            self._quotes.update({symbol: found.get(symbol) for symbol in missing})
        return {symbol: quote for symbol in wanted if (quote := self._quotes[symbol]) is not None}

    def book(self, symbol: str) -> Book | None:
        """The latest book of a symbol, or None where the source keeps none."""
        if symbol not in self._books:
            self._books[symbol] = market.latest_book(symbol, at=self.at)
        return self._books[symbol]

    def instruments(self, symbols: Iterable[str]) -> dict[str, Instrument]:
        """The registered instruments among the symbols."""
        wanted = sorted(set(symbols))
        missing = [symbol for symbol in wanted if symbol not in self._asked]
        if missing:
            self._instruments.update(market.instruments(missing))
            self._asked.update(missing)
        return {symbol: self._instruments[symbol] for symbol in wanted if symbol in self._instruments}

    def asset_id(self, symbol: str) -> int:
        """The key of the asset's row; raises `NotFound` for an unknown symbol."""
        if symbol not in self._asset_ids:
            self._asset_ids[symbol] = market.get_asset(symbol).pk
        return self._asset_ids[symbol]


def is_jump(position: Position, quote: Quote) -> bool:
    """Whether the mark is too far from the last accepted one and no earlier quote agrees with it."""
    if position.mark_micros is None or _within(quote.mark_micros, position.mark_micros, JUMP_BPS):
        return False
    seen_before = position.suspect_at is not None and to_ms(position.suspect_at) < quote.at_ms
    agrees = position.suspect_micros is not None and _within(
        quote.mark_micros, position.suspect_micros, AGREE_BPS
    )
    return not (seen_before and agrees)


def price_faults(
    positions: Iterable[Position], quotes: Mapping[str, Quote], *, at_ms: int, policy: Policy
) -> dict[str, tuple[str, str]]:
    """Symbols whose price may not be used for these positions, each with its code and a sentence."""
    faults: dict[str, tuple[str, str]] = {}
    for position in positions:
        quote = quotes.get(position.symbol)
        problem = quote_problem(quote, policy, at_ms)
        if problem is not None:
            faults[position.symbol] = (str(problem.reason), problem.detail)
        elif quote is not None and is_jump(position, quote):
            detail = f"mark {quote.mark_micros} after {position.mark_micros} waits for a second quote"
            faults[position.symbol] = ("PRICE_JUMP", detail)
    return faults


def _within(value: int, anchor: int, bps: int) -> bool:
    return abs(value - anchor) * 10_000 <= anchor * bps
