"""Where an account's money went, as bars and as a table by asset."""

from typing import Any

from apps.console.words import cents, tone
from apps.operations.admin_columns import money
from apps.trading import queries as trading

PARTS = (
    ("price_moves", "Price moves", "what the positions would have made at mid prices"),
    ("half_spread", "Half spread", "from the mid to the best price of the book"),
    ("walk", "Book walk", "from the best price to the price of the fill"),
    ("fees", "Fees", "taken by the venue"),
    ("funding", "Funding", "paid or received each hour"),
    ("adjustments", "Corrections", "booked by operators, and debts lifted"),
    ("backstop", "Backstop", "margin lost with positions that were taken over"),
)


def money_page(account: Any) -> dict[str, Any]:
    """The account's story: start, each part, equity; and the same by asset."""
    story = trading.money_story(account)
    amounts = [getattr(story.parts, name) for name, _, _ in PARTS]
    most = max((abs(amount) for amount in amounts), default=0) or 1
    return {
        "start": money(story.start_micros),
        "equity": money(story.equity_micros),
        "profit": cents(story.parts.profit),
        "tone": tone(story.parts.profit),
        "traded": money(story.traded_micros),
        "fills": f"{story.fill_count:,}",
        "parts": [
            {
                "name": name,
                "says": says,
                "amount": cents(amount),
                "tone": tone(amount),
                "share": abs(amount) * 100 // most,
            }
            for (_, name, says), amount in zip(PARTS, amounts, strict=True)
        ],
        "assets": [_asset(one) for one in story.assets],
    }


def _asset(one: Any) -> dict[str, Any]:
    parts = one.parts
    return {
        "symbol": one.symbol or "Account",
        "fills": f"{one.fill_count:,}",
        "traded": money(one.traded_micros),
        "moves": cents(parts.price_moves),
        "costs": cents(parts.half_spread + parts.walk + parts.fees),
        "funding": cents(parts.funding),
        "other": cents(parts.adjustments + parts.backstop),
        "profit": cents(parts.profit),
        "tone": tone(parts.profit),
    }
