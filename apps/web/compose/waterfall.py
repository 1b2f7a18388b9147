"""Where an account's money went, as a waterfall from its start to its equity and a table of its assets."""

from itertools import accumulate
from typing import Any

from apps.core.money import cents_adding_up, whole_cents
from apps.trading.queries import AssetMoney, MoneyParts, MoneyStory
from apps.web import formats, links

STEPS = (
    ("price_moves", "Price moves", "what the positions made, had every fill been at the mid price"),
    ("half_spread", "Half the spread", "crossed on every fill"),
    ("walk", "Walk into the book", "what the size of the orders cost"),
    ("fees", "Fees", "the venue's taker fees"),
    ("funding", "Funding", "paid or received each hour"),
    ("backstop", "Backstop", "margin left behind in a liquidation"),
    ("adjustments", "Corrections", "each released by two operators; and debts that were lifted"),
)
ONLY_WHERE_THERE = {"backstop", "adjustments"}
WHOLE = 1000


def waterfall(story: MoneyStory) -> dict[str, Any]:
    """The story with each step's bar in permille of the whole width."""
    amounts = [(name, label, note, getattr(story.parts, name)) for name, label, note in STEPS]
    shown = [one for one in amounts if one[3] or one[0] not in ONLY_WHERE_THERE]
    levels = list(accumulate((amount for *_, amount in shown), initial=0))
    low, high = min(levels), max(levels)
    reach = max(high - low, 1)
    total = shown_profit_cents(start_micros=story.start_micros, equity_micros=story.equity_micros)
    cents = cents_adding_up([amount for *_, amount in shown], total=total)
    profit = story.parts.profit
    return {
        "rows": [
            _step(label, note, amount, cents[place], _bar(levels[place], levels[place + 1], low, reach))
            for place, (_, label, note, amount) in enumerate(shown)
        ],
        "zero": -low * WHOLE // reach,
        "total": formats.signed_cents(total),
        "tone": formats.tone(profit),
        "bar": _bar(0, profit, low, reach),
        "start": formats.dollars(story.start_micros),
        "equity": formats.dollars(story.equity_micros),
        "closed": formats.signed_dollars(story.realized_micros),
        "open": formats.signed_dollars(story.unrealized_micros),
        "cost": _cost(story),
        "assets": _assets(story, total),
    }


def _step(label: str, note: str, amount: int, cents: int, bar: dict[str, int]) -> dict[str, Any]:
    return {
        "label": label,
        "note": note,
        "amount": formats.signed_cents(cents),
        "tone": formats.tone(amount),
        **bar,
    }


def _bar(begin: int, end: int, low: int, reach: int) -> dict[str, int]:
    """Where a bar begins and how wide it is, in permille."""
    left = (min(begin, end) - low) * WHOLE // reach
    return {"left": left, "size": min(WHOLE - left, abs(end - begin) * WHOLE // reach)}


def _cost(story: MoneyStory) -> str:
    """What trading cost, as a share of what was traded."""
    cost = -(story.parts.half_spread + story.parts.walk + story.parts.fees)
    if not story.traded_micros:
        return ""
    share = cost * 1_000_000 // story.traded_micros
    fills = f"{story.fill_count:,} fill{'' if story.fill_count == 1 else 's'}"
    return (
        f"Spread, walk and fees took {formats.dollars(cost)} of {formats.dollars(story.traded_micros)} "
        f"traded in {fills}, which is {formats.share_e6(share)}."
    )


def shown_profit_cents(*, start_micros: int, equity_micros: int) -> int:
    """The profit that leads from the start to the equity as both are shown, in whole cents."""
    return whole_cents(equity_micros) - whole_cents(start_micros)


def _assets(story: MoneyStory, total: int) -> list[dict[str, Any]]:
    """The assets, the largest effect first; their profits add up to the total, each row to its own profit."""
    listed = sorted(story.assets, key=lambda one: -abs(one.parts.profit))
    profits = cents_adding_up([one.parts.profit for one in listed], total=total)
    return [_asset(one, profit) for one, profit in zip(listed, profits, strict=True)]


def _asset(one: AssetMoney, profit: int) -> dict[str, Any]:
    parts: MoneyParts = one.parts
    columns = {
        "moves": parts.price_moves,
        "cost": parts.half_spread + parts.walk,
        "fees": parts.fees,
        "funding": parts.funding,
        "other": parts.backstop + parts.adjustments,
    }
    cents = cents_adding_up(list(columns.values()), total=profit)
    return {
        "symbol": one.symbol or "Account",
        "url": links.market(one.symbol) if one.symbol else "",
        "traded": formats.short_dollars(one.traded_micros),
        **{name: formats.signed_cents(amount) for name, amount in zip(columns, cents, strict=True)},
        "profit": formats.signed_cents(profit),
        "tone": formats.tone(parts.profit),
    }
