"""Keeping the asset registry as the source describes it, and what of it operators choose to track."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from apps.core.errors import AdapterError, Conflict
from apps.market.adapters.categories import category_of
from apps.market.adapters.port import MarketSource
from apps.market.models import Asset
from apps.market.types import Listing
from apps.operations import audit

MOST_VANISHED = 3
"""More than so many, and more than a fifth of the registry, do not vanish between two looks."""

_COLUMNS = (
    "size_decimals",
    "max_leverage",
    "margin_tiers",
    "is_delisted",
    "delisted_at",
    "only_isolated",
    "category",
    "venue_index",
    "units_per_contract",
    "margin_mode",
    "source",
    "base_interval_ms",
)


class Registration(NamedTuple):
    """What one look at the source's list brought; `vanished` are sentences about assets that it no longer names."""

    listed_count: int
    new_count: int
    vanished: tuple[str, ...]


def register_assets(source: MarketSource, *, now: datetime) -> Registration:
    """Insert or refresh everything that the source lists, and mark as delisted what it lists no longer.

    Whether an asset is tracked is set when it is first seen and changed by operators only. Nothing is ever deleted:
    a renamed asset is one that vanished and a new one. Raises AdapterError, changing nothing, when so much is missing
    that the list itself must be wrong.
    """
    listings, chosen = source.listings(), source.tracked()
    known = {row.symbol: row for row in Asset.objects.filter(source=source.name)}
    listed = {item.instrument.symbol: item for item in listings}
    gone = [row for symbol, row in known.items() if symbol not in listed and not row.is_delisted]
    if len(gone) > max(MOST_VANISHED, len(known) // 5):
        raise AdapterError(f"the list lacks {len(gone)} of {len(known)} known assets", transient=False)
    rows = [_row(source, item, now, is_tracked=symbol in chosen) for symbol, item in listed.items()]
    for row in rows:
        before = known.get(row.symbol)
        if row.is_delisted:
            row.delisted_at = before.delisted_at if before is not None and before.is_delisted else now
    by_place = {item.venue_index: symbol for symbol, item in listed.items()}
    with transaction.atomic():
        Asset.objects.filter(pk__in=[row.pk for row in gone]).update(is_delisted=True, delisted_at=now)
        Asset.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["symbol"], update_fields=list(_COLUMNS)
        )
    vanished = tuple(_farewell(row, by_place.get(row.venue_index)) for row in gone)
    return Registration(len(rows), len(listed.keys() - known.keys()), vanished)


def _farewell(row: Asset, successor: str | None) -> str:
    renamed = f", {successor} has its place" if successor and row.venue_index is not None else ""
    return f"{row.symbol} is no longer listed{renamed}"


@transaction.atomic
def track_asset(*, asset: Asset, by: audit.Actor, reason: str, now: datetime) -> None:
    """Price an asset from the next cycle on, and let strategies choose it.

    Raises Conflict when it is tracked already, or delisted.
    """
    if not Asset.objects.filter(pk=asset.pk, is_tracked=False, is_delisted=False).update(is_tracked=True):
        raise Conflict(f"{asset.symbol} is tracked already, or delisted.", code="STATE_CHANGED")
    audit.record(verb="market.asset.tracked", by=by, subject=asset, reason=reason, now=now)


@transaction.atomic
def untrack_asset(*, asset: Asset, by: audit.Actor, reason: str, now: datetime) -> None:
    """Let no further strategy choose an asset; its prices go on, because somebody may hold it.

    Raises Conflict when it is not tracked.
    """
    if not Asset.objects.filter(pk=asset.pk, is_tracked=True).update(is_tracked=False):
        raise Conflict(f"{asset.symbol} is not tracked.", code="STATE_CHANGED")
    audit.record(verb="market.asset.untracked", by=by, subject=asset, reason=reason, now=now)


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
