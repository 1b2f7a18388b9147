"""The contexts' channel: open interest, volumes, premium and impact prices, once a minute."""

from datetime import datetime, timedelta
from functools import partial

from apps.market.models import AssetContext
from apps.market.services.outcome import Outcome
from apps.market.services.venue.cycle import Cycle, newest

EVERY = timedelta(minutes=1)


def ingest_contexts(cycle: Cycle, outcome: Outcome) -> None:
    """Keep the positioning of every asset, at most once in each minute; none while the clock runs through history."""
    if cycle.is_history:
        return
    last = max(newest(AssetContext.objects.all(), cycle.assets, column="at").values(), default=None)
    if last is not None:
        outcome.saw(last)
    rows: list[AssetContext] = []
    for at in _moments(cycle, last):
        outcome.attempt(f"contexts {at:%H:%M}", partial(_collect, cycle, at, rows, outcome))
    AssetContext.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _collect(cycle: Cycle, at: datetime, rows: list[AssetContext], outcome: Outcome) -> int:
    by_symbol = {asset.symbol: asset for asset in cycle.assets}
    ticks = cycle.source.contexts(symbols=list(by_symbol), at=at) if by_symbol else []
    for tick in ticks:
        asset, values = by_symbol[tick.symbol], tick._asdict()
        del values["symbol"]
        known = max(cycle.known_at(at), cycle.now)
        rows.append(AssetContext(asset=asset, at=at, source=asset.source, knowable_at=known, **values))
        outcome.saw(at)
    return len(ticks)


def _moments(cycle: Cycle, last: datetime | None) -> list[datetime]:
    """Return now, once a minute; for a predetermined source the minutes of the tape that are not yet written."""
    minute = cycle.now.replace(second=0, microsecond=0)
    if not cycle.source.is_predetermined:
        is_due = last is None or last < minute
        return [cycle.now.replace(microsecond=0)] if is_due else []
    first = minute if last is None else max(last + EVERY, minute)
    return [first + step * EVERY for step in range(max(0, (cycle.horizon - first) // EVERY + 1))]
