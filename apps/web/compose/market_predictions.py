"""Prediction markets about an asset as a page shows them; every text is somebody else's and is escaped there."""

from datetime import datetime, timedelta
from typing import Any

from apps.market import queries as market
from apps.market.types import LinkMethod, PredictionValue, PredictionView
from apps.web import formats, links
from apps.web.compose import market_words

SHOWN = 6
LONGEST_QUESTION = 240
LONGEST_LABEL = 40
VIEWS = (
    (PredictionView.IMMEDIATE, "Ends soon", "No market about this asset ends within two days."),
    (PredictionView.LATER, "Ends later", "No market about this asset is open beyond that."),
    (PredictionView.CLOSED, "Recently closed", "None closed in the last week."),
)


def views(symbol: str, *, now: datetime) -> list[dict[str, Any]]:
    """The three views on the markets about an asset, each with its best links."""
    return [
        {
            "key": view.value,
            "title": title,
            "empty": empty,
            "rows": [
                prediction(found, now=now)
                for found in market.list_predictions(symbol, view=view, at=now, limit=SHOWN)
            ],
        }
        for view, title, empty in VIEWS
    ]


def prediction(found: PredictionValue, *, now: datetime) -> dict[str, Any]:
    """One market with its leading outcomes and how sure it is that it is about the asset."""
    outcomes = sorted(
        zip(found.outcomes, found.prices_e6, strict=False), key=lambda outcome: outcome[1], reverse=True
    )
    return {
        "question": _cut(found.question, LONGEST_QUESTION),
        "symbol": found.symbol,
        "url": links.market(found.symbol),
        "status": found.status,
        "ends": _ends(found.ends_at, now),
        "outcomes": [
            {
                "label": _cut(label, LONGEST_LABEL),
                "text": formats.probability(price),
                "share": max(0, min(price, 1_000_000)) // 10_000,
            }
            for label, price in outcomes[:2]
        ],
        "more": max(0, len(outcomes) - 2),
        "liquidity": formats.short_dollars(found.liquidity_micros) if found.liquidity_micros else "",
        "confidence": f"{found.confidence_bps // 100}%",
        "method": LinkMethod(found.method).label,
        "age": market_words.since(found.knowable_at, now),
    }


def _ends(ends_at: datetime | None, now: datetime) -> str:
    if ends_at is None:
        return "no end stated"
    if ends_at <= now:
        return f"ended {formats.ago(now - ends_at)}"
    return f"ends in {formats.span(max(ends_at - now, timedelta(0)))}"


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
