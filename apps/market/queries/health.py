"""Reads of the chosen source and of how its ingestion stands."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.core.moments import from_ms, to_ms
from apps.market.models import Asset, IngestionRun, MarketSourceState, PriceRejection
from apps.market.queries.prices import latest_quotes
from apps.market.types import (
    AssetHealth,
    Channel,
    ChannelHealth,
    IngestionHealth,
    IngestionStatus,
    SourceChoice,
)

STALE_AFTER = timedelta(seconds=15)


def source_state() -> SourceChoice | None:
    """Return the chosen source with its label and reason, None before the first choice."""
    row = MarketSourceState.objects.first()
    if row is None:
        return None
    return SourceChoice(row.name, row.label, row.reason, row.span_start, row.span_end)


def list_ingestion_runs() -> QuerySet[IngestionRun]:
    """Return ingestion runs, newest first."""
    return IngestionRun.objects.order_by("-id")


def last_success_with_rows(channel: Channel) -> datetime | None:
    """Return when a channel last succeeded and wrote something."""
    runs = IngestionRun.objects.filter(channel=channel, status=IngestionStatus.SUCCEEDED, rows_written__gt=0)
    return runs.order_by("-id").values_list("finished_at", flat=True).first()


def ingestion_health(now: datetime) -> IngestionHealth:
    """Return how source, channels and prices stand at `now`."""
    return IngestionHealth(
        source=source_state(),
        channels=[_channel_health(Channel(channel), now) for channel in Channel.values],
        assets=_asset_health(now),
    )


def _channel_health(channel: Channel, now: datetime) -> ChannelHealth:
    runs = IngestionRun.objects.filter(channel=channel).order_by("-id")
    last = runs.first()
    if last is None:
        return ChannelHealth(channel.value, "never", None, None, None, 0, "")
    good = (
        last
        if last.status == IngestionStatus.SUCCEEDED
        else runs.filter(status=IngestionStatus.SUCCEEDED).first()
    )
    success_at = good.finished_at if good else None
    age_ms = max(0, to_ms(now) - to_ms(success_at)) if success_at else None
    return ChannelHealth(
        channel.value, last.status, last.finished_at, success_at, age_ms, last.rows_written, last.error
    )


def _asset_health(now: datetime) -> list[AssetHealth]:
    assets = list(Asset.objects.filter(is_delisted=False, is_tracked=True))
    quotes = latest_quotes([asset.symbol for asset in assets], at=now)
    faults = {
        row.asset_id: row.reason
        for row in PriceRejection.objects.filter(resolved_at__isnull=True).order_by("at")
    }
    health = []
    for asset in assets:
        quote = quotes.get(asset.symbol)
        age = to_ms(now) - quote.at_ms if quote else None
        price_at = from_ms(quote.at_ms) if quote else None
        is_stale = age is None or age > _oldest_ms(asset, now)
        health.append(AssetHealth(asset.symbol, price_at, age, is_stale, faults.get(asset.pk, "")))
    return health


def _oldest_ms(asset: Asset, now: datetime) -> int:
    """How old the last price may be: where prices are written ahead at each close, as long as two candles."""
    is_written_ahead = asset.quotes_until is not None and asset.quotes_until > now
    return 2 * asset.base_interval_ms if is_written_ahead else STALE_AFTER // timedelta(milliseconds=1)
