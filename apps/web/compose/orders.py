"""An account's orders with the receipt of every fill, and its open positions."""

from typing import Any

from apps.trading import queries as trading
from apps.trading.queries import PositionStatement, Statement
from apps.web import formats, links, words

MOST_ORDERS = 60
NEAR_BPS = 1_000
"""A liquidation price nearer to the mark than this is shown as a warning."""


def orders(account: Any) -> list[dict[str, Any]]:
    """The latest orders of an account, newest first, each with its fills' receipts."""
    return [_order(order) for order in trading.list_orders(account)[:MOST_ORDERS]]


def _order(order: Any) -> dict[str, Any]:
    fills, decimals = list(order.fills.all()), order.asset.size_decimals
    worth = sum(abs(fill.notional_micros) for fill in fills)
    realized = sum(fill.realized_micros for fill in fills)
    return {
        "id": order.public_id,
        "at": formats.moment(order.placed_at),
        "side": "Buy" if order.side > 0 else "Sell",
        "side_tone": "up" if order.side > 0 else "down",
        "size": formats.size(order.size_lots, decimals=decimals),
        "symbol": order.symbol,
        "cause": words.CAUSES.get(order.cause, order.cause),
        "notional": formats.dollars(worth),
        "price": formats.price(fills[-1].price_micros) if fills else "–",
        "realized": formats.signed_dollars(realized) if realized else "",
        "tone": formats.tone(realized),
        "proof_url": links.decision(order.action.run.public_id) if order.action_id else "",
        "fills": [_receipt(fill, decimals) for fill in fills],
    }


def _receipt(fill: Any, decimals: int) -> list[dict[str, Any]]:
    terms = fill.terms.digest if fill.terms else ""
    lines = [
        ("Size", formats.size(fill.size_lots, decimals=decimals), False),
        ("Mid price", formats.price(fill.mid_micros), False),
        ("Half the spread", formats.small_dollars(-fill.half_spread_micros), False),
        ("Walk into the book", formats.small_dollars(-fill.walk_micros), False),
        ("Price paid" if fill.side > 0 else "Price received", formats.price(fill.price_micros), False),
        ("Taker fee", formats.dollars(fill.fee_micros, places=4), False),
        ("Realised", formats.signed_dollars(fill.realized_micros), False),
        ("Margin", f"{'isolated' if fill.is_isolated else 'cross'}, {fill.leverage}×", False),
        ("Own margin moved", formats.signed_dollars(fill.margin_micros) if fill.margin_micros else "", False),
        (
            "Book passed over",
            formats.size(fill.taken_lots, decimals=decimals) if fill.taken_lots else "",
            False,
        ),
        ("Age of the price", f"{fill.price_age_ms / 1000:.1f}{formats.NO_BREAK}s", False),
        ("Order book", fill.book_reference or "stated impact curve", True),
        ("Quote", fill.quote_reference, True),
        ("Terms", terms[:16], True),
        ("Kernel", fill.kernel_version, True),
    ]
    return [{"label": label, "value": value, "mono": mono} for label, value, mono in lines if value]


def positions(statement: Statement) -> list[dict[str, str]]:
    """The open positions of an account at their last marks."""
    return [_position(one) for one in statement.positions]


def _position(held: PositionStatement) -> dict[str, str]:
    profit, gap = held.unrealized_micros, _gap(held)
    mode = "Isolated" if held.is_isolated else "Cross"
    return {
        "symbol": held.symbol,
        "symbol_url": links.market(held.symbol),
        "side": "Long" if held.size_lots > 0 else "Short",
        "side_tone": "up" if held.size_lots > 0 else "down",
        "leverage": f"{held.leverage}×",
        "mode": mode,
        "size": formats.size(held.size_lots, decimals=held.size_decimals),
        "value": formats.dollars(held.value_micros),
        "entry": formats.price(held.entry_micros),
        "mark": formats.price(held.mark_micros),
        "pnl": formats.signed_dollars(profit),
        "on_margin": formats.percent(profit * 10_000 // held.margin_micros) if held.margin_micros else "",
        "tone": formats.tone(profit),
        "margin": formats.dollars(held.margin_micros),
        "maintenance": formats.dollars(held.maintenance_micros),
        "liquidation": formats.price(held.liquidation_micros) if held.liquidation_micros else "none",
        "gap": f"{formats.percent(gap, signed=False)} away" if gap is not None else "no price would do it",
        "gap_tone": "warn" if gap is not None and gap < NEAR_BPS else "",
        "since": formats.moment(held.since),
    }


def _gap(held: PositionStatement) -> int | None:
    """How far the mark is from the liquidation price, in basis points of the mark; None where there is none."""
    if not held.liquidation_micros:
        return None
    return abs(held.mark_micros - held.liquidation_micros) * 10_000 // held.mark_micros
