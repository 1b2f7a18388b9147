"""Reads of the asset registry."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.core.errors import NotFound
from apps.core.tables import Table
from apps.exchange.types import Instrument, MarginTier
from apps.market.models import Asset

_ASSETS = Table(Asset)


def get_asset(symbol: str) -> Asset:
    """Return the registry row; raises NotFound."""
    found = _ASSETS.fetch("WHERE symbol = %s", [symbol])
    if not found:
        raise NotFound(f"There is no asset {symbol[:40]!r}.", code="ASSET_UNKNOWN")
    return found[0]


def list_assets() -> QuerySet[Asset]:
    """Return every tracked asset in the order of registration: what strategies may choose."""
    return Asset.objects.filter(is_tracked=True)


def list_priced() -> QuerySet[Asset]:
    """Return what is priced: everything tracked, and what once was, because somebody may hold it; nothing delisted."""
    was_priced = Q(candles_until__isnull=False) | Q(quotes_until__isnull=False)
    return Asset.objects.filter(Q(is_tracked=True) | was_priced, is_delisted=False)


def list_registry() -> QuerySet[Asset]:
    """Return everything the source lists, tracked or not, delisted or not."""
    return Asset.objects.all()


def instrument(symbol: str) -> Instrument:
    """Return the contract of an asset; raises NotFound."""
    return to_instrument(get_asset(symbol))


def instruments(symbols: Iterable[str] | None = None) -> dict[str, Instrument]:
    """Return the contracts of the known ones among `symbols`, or of every tracked asset when None."""
    rows = list_assets() if symbols is None else Asset.objects.filter(symbol__in=list(symbols))
    return {row.symbol: to_instrument(row) for row in rows}


def to_instrument(asset: Asset, *, at: datetime | None = None) -> Instrument:
    """Return the exchange's value of a registry row; with `at`, before its delisting where that came later."""
    return Instrument(
        symbol=asset.symbol,
        size_decimals=asset.size_decimals,
        max_leverage=asset.max_leverage,
        tiers=tuple(MarginTier(bound, leverage) for bound, leverage in asset.margin_tiers),
        is_delisted=asset.is_delisted and not (at and asset.delisted_at and at < asset.delisted_at),
        only_isolated=asset.only_isolated,
    )


def base_interval_ms(symbol: str) -> int:
    """Return the shortest candle length that the source has of an asset; raises NotFound."""
    return get_asset(symbol).base_interval_ms
