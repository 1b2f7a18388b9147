"""Reads of the chosen source and of how its ingestion stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet

from apps.core.moments import from_ms, to_ms
from apps.exchange.types import Quote
from apps.market.models import Asset, FundingRate, IngestionRun, MarketSourceState
from apps.market.queries.prices import latest_quotes
from apps.market.queries.registry import list_assets
from apps.market.queries.rejections import open_faults
from apps.market.types import (
    CAPITAL_CHANNELS,
    MINUTE_MS,
    PREDICTION_CHANNELS,
    PRICE_CHANNELS,
    AssetHealth,
    Channel,
    ChannelHealth,
    ChannelSpec,
    ContextSource,
    HealthStatus,
    IngestionHealth,
    IngestionStatus,
    SourceChoice,
    SourceName,
)

STALE_AFTER = timedelta(seconds=15)
REAL_PATIENCE = timedelta(seconds=15)
"""So long, in real time, a busy machine may take to come round to a channel on a fast clock."""


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


def ingestion_health(
    now: datetime, *, real_now: datetime | None = None, speed: float = 1.0
) -> IngestionHealth:
    """Return how source, channels and prices stand at the market time `now`.

    Live context sources are measured by `real_now` (`now` when not given). On a clock that runs `speed` times as
    fast, data may be as old as `REAL_PATIENCE` of real time is long there, whatever the channel says.
    """
    source = source_state()
    expected = [] if source is None else _expected(source.name, now)
    patience = REAL_PATIENCE * speed if speed > 1 else timedelta(0)
    rows = [
        _channel_health(
            name, spec, at=now if name in SourceName.values else real_now or now, patience=patience
        )
        for name, spec in expected
    ]
    return IngestionHealth(source=source, rows=rows, assets=_tracked_health(now))


def _expected(name: str, now: datetime) -> list[tuple[str, ChannelSpec]]:
    """The channels that the chosen source should have, each with what its runs are filed under."""
    prices: list[ChannelSpec] = [_as_coarse_as_the_source(spec) for spec in PRICE_CHANNELS]
    if name == SourceName.REPLAY:
        has_funding = FundingRate.objects.filter(source=name).exists()
        kept = {Channel.ASSETS, Channel.CANDLES, Channel.QUOTES} | (
            {Channel.FUNDING} if has_funding else set()
        )
        return [(name, spec) for spec in prices if spec.channel in kept]
    if name == SourceName.HYPERLIQUID and _runs_through_history(now):
        prices = [spec for spec in prices if spec.channel not in (Channel.BOOKS, Channel.CONTEXTS)]
    is_made = name == SourceName.SYNTHETIC
    predictions = name if is_made else ContextSource.POLYMARKET.value
    capital = name if is_made else ContextSource.DEFILLAMA.value
    return [
        *((name, spec) for spec in prices),
        *((predictions, spec) for spec in PREDICTION_CHANNELS),
        *((capital, spec) for spec in CAPITAL_CHANNELS),
    ]


def _as_coarse_as_the_source(spec: ChannelSpec) -> ChannelSpec:
    """A source whose shortest candle is longer than a minute closes one that much less often."""
    if spec.channel != Channel.CANDLES:
        return spec
    shortest = list_assets().aggregate(shortest=Min("base_interval_ms"))["shortest"] or MINUTE_MS
    longer = max(1, shortest // MINUTE_MS)
    return ChannelSpec(spec.channel, spec.every * longer, spec.stale_after * longer)


def _runs_through_history(now: datetime) -> bool:
    """Whether a live venue's closes lie ahead of the clock: such moments have neither books nor contexts."""
    return list_assets().filter(quotes_until__gt=now + STALE_AFTER).exists()


def _channel_health(source: str, spec: ChannelSpec, *, at: datetime, patience: timedelta) -> ChannelHealth:
    """By the age of the newest datum first: a run that succeeds and brings nothing new is no sign of health."""
    runs = IngestionRun.objects.filter(source=source, channel=spec.channel).order_by("-id")
    latest = list(runs[:2])
    stale_after = max(spec.stale_after, patience)
    nothing = ChannelHealth(
        source=source,
        channel=spec.channel.value,
        status=HealthStatus.MISSING.value,
        expected_cadence_sec=int(spec.every.total_seconds()),
        stale_after_sec=int(stale_after.total_seconds()),
    )
    if not latest:
        return nothing
    data_at = (
        latest[0].data_at or runs.filter(data_at__isnull=False).values_list("data_at", flat=True).first()
    )
    ended = next((run for run in latest if run.status != IngestionStatus.RUNNING), None)
    is_stale = data_at is None or at - data_at > stale_after
    return replace(
        nothing,
        status=_status(is_stale=is_stale, is_running=latest[0] is not ended, ended=ended).value,
        age_sec=None if data_at is None else max(0, int((at - data_at).total_seconds())),
        rows_written=(ended or latest[0]).rows_written,
        data_at=data_at,
        last_run_at=latest[0].started_at,
        fault=ended.fault if ended else "",
        error=ended.error if ended else "",
    )


def _status(*, is_stale: bool, is_running: bool, ended: IngestionRun | None) -> HealthStatus:
    if ended is None:
        return HealthStatus.MISSING
    if ended.status == IngestionStatus.FAILED:
        return HealthStatus.FAILED
    if is_stale:
        return HealthStatus.STALE
    return HealthStatus.RUNNING if is_running else HealthStatus.OK


def _tracked_health(now: datetime) -> list[AssetHealth]:
    assets = list(list_assets().filter(is_delisted=False))
    quotes = latest_quotes([asset.symbol for asset in assets], at=now)
    return list(asset_health(assets, quotes, at=now).values())


def asset_health(
    assets: Sequence[Asset], quotes: Mapping[str, Quote], *, at: datetime
) -> dict[str, AssetHealth]:
    """Return how fresh each asset's latest quote is at `at`, by symbol."""
    faults = open_faults([asset.pk for asset in assets], at=at)
    return {
        asset.symbol: _freshness(asset, quotes.get(asset.symbol), faults.get(asset.pk, ""), at)
        for asset in assets
    }


def _freshness(asset: Asset, quote: Quote | None, fault: str, at: datetime) -> AssetHealth:
    age = to_ms(at) - quote.at_ms if quote else None
    price_at = from_ms(quote.at_ms) if quote else None
    return AssetHealth(asset.symbol, price_at, age, age is None or age > _oldest_ms(asset, at), fault)


def _oldest_ms(asset: Asset, now: datetime) -> int:
    """How old the last price may be: where prices are written ahead at each close, as long as two candles."""
    is_written_ahead = asset.quotes_until is not None and asset.quotes_until > now
    return 2 * asset.base_interval_ms if is_written_ahead else STALE_AFTER // timedelta(milliseconds=1)
