"""Reads of how ingestion went lately and of how large the store is, for operators."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Model, QuerySet

from apps.market.models import (
    AssetContext,
    BookSnapshot,
    Candle,
    CandleBlock,
    CapitalPoint,
    FundingRate,
    IngestionRun,
    PredictionSnapshot,
    PriceRejection,
    Quote,
)


class StoreSize(NamedTuple):
    """How many rows one kind of memory has; `since` is the time of the first row still kept, None when empty."""

    name: str
    rows: int
    since: datetime | None


_KINDS: tuple[tuple[str, type[Model], str], ...] = (
    ("Candles", Candle, "open_at"),
    ("Candle days", CandleBlock, "created_at"),
    ("Prices", Quote, "at"),
    ("Books", BookSnapshot, "at"),
    ("Contexts", AssetContext, "at"),
    ("Funding hours", FundingRate, "hour_at"),
    ("Prediction prices", PredictionSnapshot, "knowable_at"),
    ("Capital figures", CapitalPoint, "knowable_at"),
    ("Refused prices", PriceRejection, "at"),
    ("Ingestion runs", IngestionRun, "started_at"),
)


def store_sizes() -> list[StoreSize]:
    """Return the size of each kind of memory, in a fixed order; two reads each."""
    sizes = []
    for name, model, moment in _KINDS:
        rows: QuerySet[Model] = model._default_manager.order_by("pk")
        sizes.append(StoreSize(name, rows.count(), rows.values_list(moment, flat=True).first()))
    return sizes


def recent_runs(source: str, channel: str, *, limit: int) -> list[IngestionRun]:
    """Return the newest runs of one channel of one source, oldest first."""
    runs = IngestionRun.objects.filter(source=source, channel=channel).order_by("-id")
    return list(reversed(runs[:limit]))
