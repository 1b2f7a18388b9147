"""What one cycle of the price source works with."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.market.adapters.port import MarketSource
from apps.market.models import Asset

CAUGHT_UP = timedelta(seconds=5)
"""A clock this close to real time takes the prices of now."""


@dataclass(slots=True)
class Cycle:
    """What one cycle works with; `horizon` is how far the source's tape reaches, `now` or beyond."""

    source: MarketSource
    now: datetime
    horizon: datetime
    assets: list[Asset] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)

    @property
    def is_history(self) -> bool:
        """Whether the clock still runs through what a live venue has already recorded."""
        return not self.source.is_predetermined and self.horizon - self.now > CAUGHT_UP
