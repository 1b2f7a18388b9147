"""Books of the venue: whole or not at all."""

from collections.abc import Sequence

from apps.market.adapters.hyperliquid.parse.reading import as_dict, as_list, drift, field, refusal
from apps.market.adapters.numbers import positive
from apps.market.adapters.times import epoch_ms
from apps.market.types import BookTick

MAX_BOOK_LEVELS = 20


def book(body: object, *, symbol: str, size_decimals: int, now_ms: int | None = None) -> BookTick | None:
    """Return a book with its own time, None for the venue's null (an unknown coin).

    Crossed or unsorted sides, and a time more than a minute after `now_ms`, are refused.
    """
    if body is None:
        return None
    document = as_dict(body, "l2Book")
    if field(document, "coin") != symbol:
        raise refusal(f"book is of {str(document['coin'])[:40]}, asked was {symbol}")
    at_ms = epoch_ms(field(document, "time"), now_ms=now_ms)
    sides = as_list(field(document, "levels"), "levels")
    if len(sides) != 2:
        raise drift("a book has two sides")
    bids, asks = (_side(side, size_decimals) for side in sides)
    prices = [price for price, _ in bids]
    if prices != sorted(prices, reverse=True):
        raise refusal("bids do not descend")
    offers = [price for price, _ in asks]
    if offers != sorted(offers):
        raise refusal("asks do not ascend")
    if prices and offers and prices[0] >= offers[0]:
        raise refusal("the book is crossed")
    return BookTick(symbol, bids, asks, at_ms)


def _side(value: object, size_decimals: int) -> tuple[tuple[int, int], ...]:
    levels: Sequence[object] = as_list(value, "a side of the book")[:MAX_BOOK_LEVELS]
    return tuple(_level(as_dict(level, "a level"), size_decimals) for level in levels)


def _level(level: dict[str, object], size_decimals: int) -> tuple[int, int]:
    return positive(field(level, "px"), 6), positive(field(level, "sz"), size_decimals)
