"""The funding channel: what was paid in each hour, once an hour."""

from datetime import datetime, timedelta
from functools import partial

from django.core.cache import cache

from apps.core.errors import AdapterError
from apps.core.moments import from_ms
from apps.market.models import Asset, FundingRate
from apps.market.services.outcome import Outcome
from apps.market.services.venue.cycle import Cycle, newest

HISTORY = timedelta(hours=48)
"""Loaded when an asset is first seen."""
LONGEST_GAP = timedelta(hours=499)
"""More than one answer of the venue is not loaded to close a gap."""
LOOKED_BACK = timedelta(hours=120)
"""So far back a hole is looked for: one answer of the venue."""
SETTLED = timedelta(seconds=10)
WRITTEN_AFTER = timedelta(seconds=1)
"""The venue writes an hour's funding some milliseconds after the hour: nobody knew it on the hour."""
ASK_AGAIN_SECONDS = 300
"""A venue that has no row for an hour is not asked at every cycle."""
HOUR = timedelta(hours=1)


def ingest_funding(cycle: Cycle, outcome: Outcome) -> None:
    """Keep the funding of every full hour, the last two days first; also of the hours ahead of a late clock."""
    settled = cycle.horizon if cycle.source.is_predetermined else cycle.horizon - SETTLED
    hour = settled.replace(minute=0, second=0, microsecond=0)
    known = newest(FundingRate.objects.all(), cycle.assets, column="hour_at")
    for at in known.values():
        outcome.saw(at)
    rows: list[FundingRate] = []
    for asset in cycle.assets:
        last = known.get(asset.pk)
        if last is None or last < hour:
            wanted = cycle.now - HISTORY if last is None else _first_missing(asset, last, hour)
            start = max(wanted, hour - LONGEST_GAP)
            outcome.attempt(f"funding {asset.symbol}", partial(_collect, cycle, asset, (start, hour), rows))
    for row in rows:
        outcome.saw(row.hour_at)
    FundingRate.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _first_missing(asset: Asset, last: datetime, hour: datetime) -> datetime:
    """The hour after the last one, or an earlier one of the last days that somebody's later hours hide."""
    rows = FundingRate.objects.filter(asset=asset, hour_at__gte=hour - LOOKED_BACK)
    stored = set(rows.values_list("hour_at", flat=True))
    at = min(stored, default=last)
    while at in stored:
        at += HOUR
    return at


def _collect(cycle: Cycle, asset: Asset, hours: tuple[datetime, datetime], rows: list[FundingRate]) -> int:
    """Fetch the hours from the first to the last; a live venue is asked for the same ones every five minutes at most."""
    start, end = hours
    asked = f"market:funding-asked:{asset.pk}:{end:%Y%m%d%H}"
    if not cycle.source.is_predetermined and not cache.add(asked, 1, ASK_AGAIN_SECONDS):
        return 0
    try:
        ticks = cycle.source.funding_history(symbol=asset.symbol, start=start, end=end + SETTLED)
    except AdapterError:
        cache.delete(asked)
        raise
    for tick in ticks:
        at = from_ms(tick.hour_ms)
        known = max(cycle.known_at(at + WRITTEN_AFTER), cycle.now)
        values = {"rate_e10": tick.rate_e10, "premium_e10": tick.premium_e10}
        rows.append(FundingRate(asset=asset, hour_at=at, source=asset.source, knowable_at=known, **values))
    return len(ticks)
