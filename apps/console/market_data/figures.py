"""What the page of market data shows, as plain values: channels, quarantine, prices and the store."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from apps.core.money import scaled_text
from apps.market import queries as market
from apps.market.types import AssetHealth, Channel, ChannelHealth, HealthStatus, PriceFault

RUNS_SHOWN = 40
REFUSALS_SHOWN = 50
WELL = (HealthStatus.OK, HealthStatus.RUNNING)
ENDS_WHEN = {
    PriceFault.MISSING: "Ends when the source names a price again.",
    PriceFault.NOT_POSITIVE: "Ends with the next positive price.",
    PriceFault.NOT_A_NUMBER: "Ends with the next readable price.",
    PriceFault.STALE: "Ends when the source's prices move again.",
    PriceFault.JUMP: "Ends when the next tick, the book or a closed minute agrees, or the price comes back.",
}
SOURCES = {
    "hyperliquid": "Hyperliquid",
    "replay": "Recording",
    "synthetic": "Synthetic",
    "polymarket": "Polymarket",
    "defillama": "DefiLlama",
}


def figures(*, now: datetime, real_now: datetime, speed: float) -> dict[str, Any]:
    """The whole page; ages are of the market clock, those of live outside sources of real time."""
    health = market.ingestion_health(now, real_now=real_now, speed=speed)
    held = list(market.open_rejections(at=now).select_related("asset")[:REFUSALS_SHOWN])
    well = sum(1 for row in health.rows if row.is_ok)
    fresh = sum(1 for asset in health.assets if not asset.is_stale and not asset.fault)
    day = market.list_rejections().filter(at__gt=now - timedelta(days=1), at__lte=now).count()
    return {
        "source": health.source,
        "is_well": health.ok and not held,
        "market_now": f"{now.day} {now:%b %Y, %H:%M:%S}",
        "cards": [
            _card(
                "Channels well",
                f"{well} of {len(health.rows)}",
                "by the age of their data",
                well < len(health.rows),
            ),
            _card(
                "Prices fresh",
                f"{fresh} of {len(health.assets)}",
                "tracked assets",
                fresh < len(health.assets),
            ),
            _card("Held back now", str(len(held)), "prices in quarantine", bool(held)),
            _card("Refused in a day", f"{day:,}", "by the price guard", False),
        ],
        "channels": [_channel(row) for row in health.rows],
        "held": [_refusal(row, now) for row in held],
        "assets": [_asset(asset) for asset in health.assets],
        "store": _store(),
    }


def _card(title: str, value: str, note: str, is_warning: bool) -> dict[str, str]:
    return {"title": title, "value": value, "note": note, "tone": "warn" if is_warning else ""}


def _channel(row: ChannelHealth) -> dict[str, Any]:
    limit = max(1, row.stale_after_sec)
    share = 100 if row.age_sec is None else min(100, row.age_sec * 100 // limit)
    address = reverse("admin:market_ingestionrun_changelist")
    return {
        "name": Channel(row.channel).label,
        "source": SOURCES.get(row.source, row.source),
        "status": row.status,
        "label": HealthStatus(row.status).label,
        "is_well": row.status in WELL,
        "age": "no data yet" if row.age_sec is None else f"{span(row.age_sec)} old",
        "limit": span(limit),
        "share": share,
        "tone": "bad" if share >= 100 else "warn" if share >= 60 else "good",
        "every": span(row.expected_cadence_sec),
        "rows": f"{row.rows_written:,}",
        "fault": row.fault,
        "error": row.error,
        "runs": _bars(row),
        "url": f"{address}?channel__exact={row.channel}&source__exact={row.source}",
    }


def _bars(row: ChannelHealth) -> list[dict[str, Any]]:
    """The last runs as bars: as high as what they wrote, in the colour of how they ended."""
    runs = market.recent_runs(row.source, row.channel, limit=RUNS_SHOWN)
    most = max((run.rows_written for run in runs), default=0) or 1
    return [
        {
            "status": run.status,
            "height": 25 + run.rows_written * 75 // most,
            "title": f"{run.started_at:%H:%M:%S}, {run.status}, {run.rows_written:,} rows",
        }
        for run in runs
    ]


def _refusal(row: Any, now: datetime) -> dict[str, Any]:
    rejected, good = row.rejected_micros, row.last_good_micros
    away = "" if rejected is None or not good else f"{(rejected - good) * 100 / good:+,.0f} %"
    return {
        "symbol": row.asset.symbol,
        "reason": PriceFault(row.reason).label,
        "code": row.reason,
        "since": span(int((now - row.at).total_seconds())),
        "rejected": "nothing" if rejected is None else price(rejected),
        "good": "none yet" if good is None else price(good),
        "away": away,
        "ends": ENDS_WHEN[PriceFault(row.reason)],
        "url": reverse("admin:market_pricerejection_change", args=[row.pk]),
    }


def _asset(asset: AssetHealth) -> dict[str, Any]:
    tone = "bad" if asset.fault else "warn" if asset.is_stale else "good"
    age = "no price yet" if asset.age_ms is None else span(asset.age_ms // 1_000)
    note = PriceFault(asset.fault).label if asset.fault else "old" if asset.is_stale else ""
    return {"symbol": asset.symbol, "age": age, "tone": tone, "note": note}


def _store() -> list[dict[str, Any]]:
    sizes = market.store_sizes()
    most = max((size.rows for size in sizes), default=0) or 1
    return [
        {
            "name": size.name,
            "rows": f"{size.rows:,}",
            "since": f"since {size.since.day} {size.since:%b, %H:%M}" if size.since else "none yet",
            "share": size.rows * 100 // most,
        }
        for size in sizes
    ]


def price(micros: int) -> str:
    """Micro-dollars for people: thousands apart, and no more decimals than the price deserves."""
    kept = 2 if abs(micros) >= 10_000_000 else 4 if abs(micros) >= 10_000 else 6
    shown = scaled_text(micros // 10 ** (6 - kept), kept, least=2)
    whole, _, fraction = shown.partition(".")
    return f"${int(whole):,}.{fraction}" if not whole.startswith("-") else f"−${int(whole[1:]):,}.{fraction}"


def span(seconds: int) -> str:
    """A span of seconds in its largest sensible unit."""
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200 and seconds != 3_600:
        return f"{seconds // 60} min"
    return f"{seconds // 3_600} h" if seconds < 172_800 else f"{seconds // 86_400} days"
