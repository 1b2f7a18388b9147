"""The strip that every page carries: where prices come from and what time the market has."""

from datetime import datetime
from typing import Any

from apps.core.moments import to_ms
from apps.market import queries as market

NOTES = {
    "hyperliquid": "live prices; trading with them is simulated",
    "replay": "recorded prices played again on a clock of their own",
    "synthetic": "made from a seed for demonstration; no real market moved like this",
}


def strip(*, now: datetime, speed: float) -> dict[str, Any]:
    """Label and note of the price source, and the market time with its speed."""
    source = market.source_state()
    pace = "" if speed == 1 else f", {speed:g}× speed"
    return {
        "kind": source.name if source else "none",
        "label": source.label if source else "No price source yet",
        "note": NOTES.get(source.name, "") if source else "the market stream has not started",
        "time_ms": to_ms(now),
        "time_text": f"{now:%H:%M:%S}",
        "date_text": f"{now.day} {now:%b %Y}, UTC{pace}",
        "speed": speed,
    }
