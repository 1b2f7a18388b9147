"""Reads of positioning and funding; nothing here ever returns what was not knowable at the moment asked about."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery

from apps.market.models import Asset, AssetContext, FundingRate
from apps.market.types import ContextValue, FundingValue


def list_contexts(
    symbol: str, *, at: datetime, limit: int, before: datetime | None = None
) -> list[ContextValue]:
    """Return the newest contexts knowable at `at` (of moments earlier than `before`), ascending, at most `limit`."""
    rows = AssetContext.objects.filter(
        *_earlier("at", before), asset__symbol=symbol, at__lte=at, knowable_at__lte=at
    ).order_by("-at")
    return [_context(row) for row in reversed(rows[:limit])]


def latest_contexts(symbols: Iterable[str], *, at: datetime) -> dict[str, ContextValue]:
    """Return the last context of each symbol that has one; one indexed read for all."""
    newest = AssetContext.objects.filter(asset=OuterRef("pk"), at__lte=at, knowable_at__lte=at).order_by(
        "-at"
    )
    keys = Asset.objects.filter(symbol__in=list(symbols)).values_list(
        Subquery(newest.values("pk")[:1]), flat=True
    )
    rows = AssetContext.objects.filter(pk__in=keys).annotate(symbol=F("asset__symbol"))
    return {row.symbol: _context(row) for row in rows}


def list_funding(
    symbol: str, *, at: datetime, limit: int, before: datetime | None = None
) -> list[FundingValue]:
    """Return the newest hourly rates knowable at `at` (of hours earlier than `before`), ascending, at most `limit`."""
    rows = FundingRate.objects.filter(
        *_earlier("hour_at", before), asset__symbol=symbol, hour_at__lte=at, knowable_at__lte=at
    ).order_by("-hour_at")
    return [
        FundingValue(row.hour_at, row.rate_e10, row.premium_e10, row.knowable_at)
        for row in reversed(rows[:limit])
    ]


def _earlier(column: str, before: datetime | None) -> tuple[Q, ...]:
    return () if before is None else (Q(**{f"{column}__lt": before}),)


def _context(row: Any) -> ContextValue:
    return ContextValue(
        row.at,
        row.open_interest_micros,
        row.day_notional_micros,
        row.day_base_micros,
        row.previous_day_micros,
        row.premium_e10,
        row.impact_bid_micros,
        row.impact_ask_micros,
        row.knowable_at,
    )
