"""Keeping the asset registry as the source describes it."""

from datetime import datetime

from apps.exchange.types import Instrument
from apps.market.adapters.port import MarketSource
from apps.market.models import Asset

_COLUMNS = (
    "size_decimals",
    "max_leverage",
    "margin_tiers",
    "is_delisted",
    "only_isolated",
    "source",
    "base_interval_ms",
)


def register_assets(source: MarketSource, *, now: datetime) -> int:
    """Insert or refresh every instrument of the source; return how many there are."""
    rows = [_row(source, instrument, now) for instrument in source.instruments()]
    Asset.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["symbol"], update_fields=list(_COLUMNS)
    )
    return len(rows)


def _row(source: MarketSource, instrument: Instrument, now: datetime) -> Asset:
    return Asset(
        symbol=instrument.symbol,
        size_decimals=instrument.size_decimals,
        max_leverage=instrument.max_leverage,
        margin_tiers=[[tier.lower_bound_micros, tier.max_leverage] for tier in instrument.tiers],
        is_delisted=instrument.is_delisted,
        only_isolated=instrument.only_isolated,
        source=source.name,
        base_interval_ms=source.intervals(instrument.symbol)[0],
        created_at=now,
    )
