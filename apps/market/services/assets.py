"""Keeping the asset registry as the source describes it."""

from datetime import datetime

from apps.market.adapters.categories import category_of
from apps.market.adapters.port import MarketSource
from apps.market.models import Asset
from apps.market.types import Listing

_COLUMNS = (
    "size_decimals",
    "max_leverage",
    "margin_tiers",
    "is_delisted",
    "only_isolated",
    "category",
    "venue_index",
    "units_per_contract",
    "margin_mode",
    "source",
    "base_interval_ms",
)


def register_assets(source: MarketSource, *, now: datetime) -> int:
    """Insert or refresh everything that the source lists; return how many there are.

    Whether an asset is tracked is set when it is first seen and changed by operators only.
    """
    chosen = source.tracked()
    rows = [
        _row(source, item, now, is_tracked=item.instrument.symbol in chosen) for item in source.listings()
    ]
    Asset.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["symbol"], update_fields=list(_COLUMNS)
    )
    return len(rows)


def _row(source: MarketSource, listing: Listing, now: datetime, *, is_tracked: bool) -> Asset:
    instrument = listing.instrument
    return Asset(
        symbol=instrument.symbol,
        size_decimals=instrument.size_decimals,
        max_leverage=instrument.max_leverage,
        margin_tiers=[[tier.lower_bound_micros, tier.max_leverage] for tier in instrument.tiers],
        is_delisted=instrument.is_delisted,
        only_isolated=instrument.only_isolated,
        category=category_of(instrument.symbol),
        venue_index=listing.venue_index,
        units_per_contract=listing.units_per_contract,
        margin_mode=listing.margin_mode,
        is_tracked=is_tracked,
        source=source.name,
        base_interval_ms=source.intervals(instrument.symbol)[0],
        created_at=now,
    )
