"""Where the data come from and how fresh they are, in public: the sources, their channels, every price."""

from datetime import datetime, timedelta
from typing import Any

from apps.market import queries as market
from apps.market.types import AssetHealth, Channel, ChannelHealth, HealthStatus
from apps.web import formats, links
from apps.web.compose import market_words

SOURCES = {
    "hyperliquid": ("Hyperliquid", "Prices, candles, books, funding and open interest of its perpetuals"),
    "replay": ("Recording", "Recorded prices and candles, played again on a clock of their own"),
    "synthetic": ("Seed", "Made for demonstration; no real market moved like this"),
    "polymarket": ("Polymarket", "Prediction markets that are about an asset"),
    "defillama": ("DefiLlama", "Capital on chain: what is locked, issued and traded"),
}
TONES = {
    HealthStatus.OK: ("up", "Fresh"),
    HealthStatus.RUNNING: ("up", "Reading"),
    HealthStatus.STALE: ("warn", "Late"),
    HealthStatus.FAILED: ("down", "Failing"),
    HealthStatus.MISSING: ("", "Not read yet"),
}
WHAT = {
    Channel.ASSETS: "Which contracts exist, their lots, leverage and margin tiers",
    Channel.CANDLES: "Closed one-minute candles; five minutes and hours are made of them",
    Channel.QUOTES: "Mark, oracle and middle price, each checked before it counts",
    Channel.BOOKS: "What rests in the order book, kept so that a fill can name it",
    Channel.CONTEXTS: "Open interest, the day's volume, the premium",
    Channel.FUNDING: "The rate of every full hour",
    Channel.PREDICTIONS: "Questions, probabilities, and which asset they are about",
    Channel.CAPITAL_BASE: "What is locked, and the stablecoins in circulation",
    Channel.CAPITAL_FLOWS: "How that changed",
    Channel.ECONOMIC_THROUGHPUT: "What exchanges trade, and the fees paid",
}


def market_data(*, now: datetime, real_now: datetime, speed: float) -> dict[str, Any]:
    """How every source, channel and price stands."""
    health = market.ingestion_health(now, real_now=real_now, speed=speed)
    late = [row for row in health.rows if not row.is_ok]
    faulty = [asset for asset in health.assets if asset.fault or asset.is_stale]
    return {
        "chosen": health.source,
        "ok": health.ok,
        "verdict": _verdict(len(late), len(faulty), has_source=health.source is not None),
        "sources": _sources(health.rows),
        "assets": [_asset(asset) for asset in health.assets],
        "late": len(faulty),
        "at": formats.moment(now),
    }


def _verdict(late: int, faulty: int, *, has_source: bool) -> str:
    if not has_source:
        return "No source has been chosen yet: the market stream has not started."
    parts = []
    if late:
        parts.append(f"{late} channel{'' if late == 1 else 's'} behind")
    if faulty:
        parts.append(f"{faulty} price{'' if faulty == 1 else 's'} late or held back")
    return formats.sentence(" and ".join(parts)) + "." if parts else "Everything is as fresh as it should be."


def _sources(rows: list[ChannelHealth]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(_channel(row))
    return [
        {
            "name": SOURCES.get(name, (name, ""))[0],
            "note": SOURCES.get(name, (name, ""))[1],
            "channels": channels,
        }
        for name, channels in found.items()
    ]


def _channel(row: ChannelHealth) -> dict[str, str]:
    tone, status = TONES[HealthStatus(row.status)]
    fault = market_words.SOURCE_FAULTS.get(row.fault, "")
    return {
        "title": Channel(row.channel).label,
        "what": WHAT[Channel(row.channel)],
        "tone": tone,
        "status": status,
        "age": "–" if row.age_sec is None else market_words.age_text(timedelta(seconds=row.age_sec)),
        "every": formats.span(timedelta(seconds=row.expected_cadence_sec)),
        "limit": formats.span(timedelta(seconds=row.stale_after_sec)),
        "rows": f"{row.rows_written:,}",
        "fault": f"The source {fault}" if fault else "",
    }


def _asset(health: AssetHealth) -> dict[str, Any]:
    return {
        "symbol": health.symbol,
        "url": links.market(health.symbol),
        **market_words.freshness(health),
    }
