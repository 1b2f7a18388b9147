"""How liquid a book is: spread, depth around the mid, imbalance and the cost of market orders; exact integers."""

from collections.abc import Sequence
from datetime import datetime

from apps.exchange.fills import walk
from apps.exchange.precision import lots_for_notional
from apps.exchange.rounding import BPS_SCALE, mul_div
from apps.exchange.types import Book, BookLevel
from apps.market.features.values import Cost, Depth, Liquidity

DEPTH_BPS = (10, 25, 50)
ORDERS_MICROS = (10_000_000_000, 100_000_000_000)
E6 = 1_000_000


def liquidity(book: Book, *, size_decimals: int, knowable_at: datetime) -> Liquidity | None:
    """Return the liquidity of a book, None where a side is empty or the sides cross."""
    if not book.bids or not book.asks or book.bids[0].price_micros >= book.asks[0].price_micros:
        return None
    bid, ask = book.bids[0].price_micros, book.asks[0].price_micros
    depths = tuple(_depth(book, bps, size_decimals) for bps in DEPTH_BPS)
    return Liquidity(
        mid_micros=(bid + ask) // 2,
        spread_e6=mul_div(2 * (ask - bid), E6, bid + ask),
        depths=depths,
        imbalance_bps=_imbalance(depths),
        costs=tuple(_cost(book, notional, size_decimals) for notional in ORDERS_MICROS),
        knowable_at=knowable_at,
    )


def _depth(book: Book, bps: int, size_decimals: int) -> Depth:
    """What rests within `bps` of the mid; twice the mid is whole, so the border is exact."""
    twice = book.bids[0].price_micros + book.asks[0].price_micros
    floor, ceiling = twice * (BPS_SCALE - bps), twice * (BPS_SCALE + bps)
    bids = [level for level in book.bids if 2 * BPS_SCALE * level.price_micros >= floor]
    asks = [level for level in book.asks if 2 * BPS_SCALE * level.price_micros <= ceiling]
    return Depth(
        bps=bps,
        bid_micros=_value(bids, size_decimals),
        ask_micros=_value(asks, size_decimals),
        is_whole=len(bids) < len(book.bids) and len(asks) < len(book.asks),
    )


def _value(levels: Sequence[BookLevel], size_decimals: int) -> int:
    return mul_div(sum(level.price_micros * level.size_lots for level in levels), 1, 10**size_decimals)


def _imbalance(depths: Sequence[Depth]) -> int | None:
    for depth in depths:
        whole = depth.bid_micros + depth.ask_micros
        if whole:
            return mul_div(depth.bid_micros - depth.ask_micros, BPS_SCALE, whole)
    return None


def _cost(book: Book, notional_micros: int, size_decimals: int) -> Cost:
    """What both directions pay beyond the mid for as many lots as the notional buys at the mid."""
    twice = book.bids[0].price_micros + book.asks[0].price_micros
    lots = lots_for_notional(notional_micros, twice // 2, size_decimals)
    if lots == 0:
        return Cost(notional_micros, None, None)
    return Cost(
        notional_micros,
        _beyond(book.asks, lots, twice, 1, size_decimals),
        _beyond(book.bids, lots, twice, -1, size_decimals),
    )


def _beyond(levels: Sequence[BookLevel], lots: int, twice: int, side: int, size_decimals: int) -> int | None:
    """The walk's price less the mid's, against the trader; None when the levels end before the lots are found."""
    prices, sizes = [level.price_micros for level in levels], [level.size_lots for level in levels]
    whole, rest, found = walk(prices, sizes, 0, lots)
    paid = whole * lots + rest
    return mul_div(side * (2 * paid - twice * lots), 1, 2 * 10**size_decimals) if found == lots else None
