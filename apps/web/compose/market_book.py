"""An asset's book as a page shows it: a ladder around the middle, the spread, and what orders would cost."""

from datetime import datetime
from typing import Any

from apps.core.moments import from_ms
from apps.exchange.types import BookLevel
from apps.market import queries as market
from apps.market.types import Liquidity
from apps.web import formats
from apps.web.compose import market_words

LEVELS = 9


def book(symbol: str, *, decimals: int, now: datetime) -> dict[str, Any] | None:
    """The latest book, None where the source keeps none or one side of it is empty."""
    found = market.latest_book(symbol, at=now)
    measured = market.liquidity_at(symbol, at=now)
    if found is None or measured is None:
        return None
    sides = (_depths(found.bids), _depths(found.asks))
    deepest = max(total for side in sides for _, total in side)
    bids, asks = (
        [_level(level, total, deepest, decimals) for level, total in side[:LEVELS]] for side in sides
    )
    return {
        "bids": bids,
        "asks": asks[::-1],
        "mid": formats.price(measured.mid_micros),
        "figures": market_words.liquidity(measured),
        "depths": _around(measured),
        "costs": _costs(measured),
        "age": market_words.since(from_ms(found.at_ms), now),
        "reference": found.reference,
    }


def _depths(levels: tuple[BookLevel, ...]) -> list[tuple[BookLevel, int]]:
    """Each shown level with the lots that rest up to it."""
    total, rows = 0, []
    for level in levels[:LEVELS]:
        total += level.size_lots
        rows.append((level, total))
    return rows


def _level(level: BookLevel, total: int, deepest: int, decimals: int) -> dict[str, Any]:
    return {
        "price": formats.price(level.price_micros),
        "size": formats.size(level.size_lots, decimals=decimals),
        "total": formats.size(total, decimals=decimals),
        "share": 100 * total // max(deepest, 1),
    }


def _around(found: Liquidity) -> list[dict[str, str]]:
    return [
        {
            "label": f"Within {formats.percent(depth.bps, signed=False)}",
            "bids": formats.short_dollars(depth.bid_micros),
            "asks": formats.short_dollars(depth.ask_micros),
            "note": "" if depth.is_whole else "or more",
        }
        for depth in found.depths
    ]


def _costs(found: Liquidity) -> list[dict[str, str]]:
    return [
        {
            "label": formats.dollars(cost.notional_micros, places=0),
            "buy": _cost(cost.buy_micros),
            "sell": _cost(cost.sell_micros),
        }
        for cost in found.costs
    ]


def _cost(micros: int | None) -> str:
    return "deeper than shown" if micros is None else formats.dollars(micros)
