"""Where an account's money went, as bars and as a table by asset."""

from typing import Any

from apps.console.words import CENT, cents, tone
from apps.core.money import cents_adding_up, whole_cents
from apps.operations.admin_columns import money
from apps.trading import queries as trading

PARTS = (
    ("price_moves", "Price moves", "what the positions would have made at mid prices"),
    ("half_spread", "Half spread", "from the mid to the best price of the book"),
    ("walk", "Book walk", "from the best price to the price of the fill"),
    ("fees", "Fees", "taken by the venue"),
    ("funding", "Funding", "paid or received each hour"),
    ("adjustments", "Corrections", "each released by two operators; and debts that were lifted"),
    ("backstop", "Backstop", "margin lost with positions that were taken over"),
)


def money_page(account: Any) -> dict[str, Any]:
    """The account's story: start, each part, equity; and the same by asset."""
    story = trading.money_story(account)
    amounts = [getattr(story.parts, name) for name, _, _ in PARTS]
    total = whole_cents(story.equity_micros) - whole_cents(story.start_micros)
    shown = cents_adding_up(amounts, total=total)
    most = max((abs(amount) for amount in amounts), default=0) or 1
    return {
        "start": money(story.start_micros),
        "equity": money(story.equity_micros),
        "profit": cents(total * CENT),
        "tone": tone(story.parts.profit),
        "traded": money(story.traded_micros),
        "fills": f"{story.fill_count:,}",
        "parts": [
            {
                "name": name,
                "says": says,
                "amount": cents(in_cents * CENT),
                "tone": tone(amount),
                "share": abs(amount) * 100 // most,
            }
            for (_, name, says), amount, in_cents in zip(PARTS, amounts, shown, strict=True)
        ],
        "assets": _assets(story, total),
    }


def _assets(story: Any, total: int) -> list[dict[str, Any]]:
    """The assets; their profits add up to the total, each row to its own profit."""
    profits = cents_adding_up([one.parts.profit for one in story.assets], total=total)
    return [_asset(one, profit) for one, profit in zip(story.assets, profits, strict=True)]


def _asset(one: Any, profit: int) -> dict[str, Any]:
    parts = one.parts
    columns = {
        "moves": parts.price_moves,
        "costs": parts.half_spread + parts.walk + parts.fees,
        "funding": parts.funding,
        "other": parts.adjustments + parts.backstop,
    }
    shown = cents_adding_up(list(columns.values()), total=profit)
    return {
        "symbol": one.symbol or "Account",
        "fills": f"{one.fill_count:,}",
        "traded": money(one.traded_micros),
        **{name: cents(amount * CENT) for name, amount in zip(columns, shown, strict=True)},
        "profit": cents(profit * CENT),
        "tone": tone(parts.profit),
    }
