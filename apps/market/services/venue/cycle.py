"""What one cycle of the price source works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset

CAUGHT_UP = timedelta(seconds=5)
"""A clock this close to real time takes the prices of now."""


@dataclass(slots=True)
class Cycle:
    """What one cycle works with; `horizon` is how far the source's tape reaches, `now` or beyond.

    `clock` is the time while it works: a live answer was not known before it came.
    """

    source: MarketSource
    now: datetime
    horizon: datetime
    assets: list[Asset] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    clock: Callable[[], datetime] | None = None

    @property
    def is_history(self) -> bool:
        """Whether the clock still runs through what a live venue has already recorded."""
        return not self.source.is_predetermined and self.horizon - self.now > CAUGHT_UP

    def known_at(self, at: datetime) -> datetime:
        """When a datum of `at` that has just been answered became knowable; a predetermined tape was there before."""
        if self.source.is_predetermined:
            return at
        answered = self.now if self.clock is None or self.is_history else self.clock()
        return max(at, self.now, answered)


def newest(rows: QuerySet[Any], assets: Sequence[Asset], *, column: str) -> dict[int, datetime]:
    """Return the newest moment of each asset that has rows: one look into an index per asset."""
    latest = rows.filter(asset=OuterRef("pk")).order_by(f"-{column}").values(column)[:1]
    found = Asset.objects.filter(pk__in=[asset.pk for asset in assets]).values_list("pk", Subquery(latest))
    return {pk: at for pk, at in found if at is not None}
