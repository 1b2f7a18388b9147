"""An account's orders with the receipt of every fill, and its open positions."""

from typing import Any

from apps.market import queries as market
from apps.trading import queries as trading
from apps.web import formats, links

MOST_ORDERS = 60
CAUSES = {"action": "decision", "liquidation": "liquidation", "close": "closing of the account"}


def orders(account: Any) -> list[dict[str, Any]]:
    """The latest orders of an account, newest first, each with its fills' receipts."""
    listed = list(trading.list_orders(account)[:MOST_ORDERS])
    decimals = {
        symbol: found.size_decimals
        for symbol, found in market.instruments({order.symbol for order in listed}).items()
    }
    return [_order(order, decimals.get(order.symbol, 0)) for order in listed]


def _order(order: Any, decimals: int) -> dict[str, Any]:
    fills = sorted(order.fills.all(), key=lambda fill: fill.index)
    worth = sum(abs(fill.notional_micros) for fill in fills)
    realized = sum(fill.realized_micros for fill in fills)
    return {
        "id": order.public_id,
        "at": formats.moment(order.placed_at),
        "side": "Buy" if order.side > 0 else "Sell",
        "side_tone": "up" if order.side > 0 else "down",
        "size": formats.size(order.size_lots, decimals=decimals),
        "symbol": order.symbol,
        "cause": CAUSES.get(order.cause, order.cause),
        "notional": formats.dollars(worth),
        "price": formats.price(fills[-1].price_micros) if fills else "–",
        "realized": formats.signed_dollars(realized) if realized else "",
        "tone": formats.tone(realized),
        "fills": [_receipt(fill, decimals) for fill in fills],
    }


def _receipt(fill: Any, decimals: int) -> list[dict[str, Any]]:
    lines = [
        ("Size", formats.size(fill.size_lots, decimals=decimals), False),
        ("Mid price", formats.price(fill.mid_micros), False),
        ("Half the spread", formats.price(fill.half_spread_micros), False),
        ("Walked into the book", formats.price(fill.walk_micros), False),
        ("Price paid" if fill.side > 0 else "Price received", formats.price(fill.price_micros), False),
        ("Taker fee", formats.dollars(fill.fee_micros, places=4), False),
        ("Realised", formats.signed_dollars(fill.realized_micros), False),
        ("Age of the price", f"{fill.price_age_ms / 1000:.1f}{formats.NO_BREAK}s", False),
        ("Order book", fill.book_reference or "stated impact curve", True),
        ("Quote", fill.quote_reference, True),
        ("Kernel", fill.kernel_version, True),
    ]
    return [{"label": label, "value": value, "mono": mono} for label, value, mono in lines]


def positions(account: Any) -> list[dict[str, str]]:
    """The open positions of an account at their last accepted mark."""
    marks = trading.marks_of(account)
    return [_position(row, marks.get(row.symbol)) for row in trading.list_positions(account)]


def _position(row: Any, mark: int | None) -> dict[str, str]:
    decimals = row.asset.size_decimals
    profit = trading.unrealized_micros(row, mark)
    entry = row.cost_micros * 10**decimals // row.size_lots
    return {
        "symbol": row.symbol,
        "symbol_url": links.market(row.symbol),
        "side": "Long" if row.size_lots > 0 else "Short",
        "side_tone": "up" if row.size_lots > 0 else "down",
        "leverage": f"{row.leverage}×",
        "size": formats.size(row.size_lots, decimals=decimals),
        "entry": formats.price(entry),
        "mark": formats.price(mark) if mark is not None else "–",
        "pnl": formats.signed_dollars(profit),
        "tone": formats.tone(profit),
    }
