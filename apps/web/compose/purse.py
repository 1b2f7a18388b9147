"""Where an account's money went: the books of its ledger, and open positions at the mark."""

from typing import Any

from apps.trading import queries as trading
from apps.web import formats


def purse(account: Any) -> dict[str, Any]:
    """Profit and loss taken apart: counter books carry the opposite sign of what they did to the cash."""
    marks = trading.marks_of(account)
    open_profit = sum(
        trading.unrealized_micros(row, marks.get(row.symbol)) for row in trading.list_positions(account)
    )
    parts = [
        ("Closed trades", "price moves that were taken", -account.pnl_micros),
        ("Open positions", "at the last mark", open_profit),
        ("Fees", "taker fees", -account.fees_micros),
        ("Funding", "paid or received each hour", -account.funding_micros),
        ("Adjustments", "by operators, with a reason", -account.adjustment_micros),
    ]
    shown = [part for part in parts if part[2] or part[0] != "Adjustments"]
    total = sum(amount for _, _, amount in parts)
    most = max([abs(amount) for _, _, amount in shown] + [1])
    return {
        "rows": [_row(label, note, amount, most) for label, note, amount in shown],
        "total": formats.signed_dollars(total),
        "tone": formats.tone(total),
        "start": formats.dollars(account.starting_micros),
        "equity": formats.dollars(account.starting_micros + total),
        "spread_note": "Crossing the spread and walking the book is already inside the price of every fill; "
        "its receipt shows how much.",
    }


def _row(label: str, note: str, amount: int, most: int) -> dict[str, Any]:
    return {
        "label": label,
        "note": note,
        "amount": formats.small_dollars(amount),
        "tone": formats.tone(amount),
        "negative": amount < 0,
        "size": abs(amount) * 1000 // most,
    }
