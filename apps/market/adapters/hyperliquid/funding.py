"""What the venue's funding was, remembered: the late clock asks for the rate at every close."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.core.moments import to_ms
from apps.market.types import HOUR_MS, FundingTick

HOURS_PER_ANSWER = 120
"""Weight 26 instead of the 45 of a full answer: a start with eight coins stays within the budget of a minute."""
BEFORE = timedelta(hours=24)
"""Rates before the moment asked about are loaded with it: history is also read a little backwards."""


@dataclass(slots=True)
class _Known:
    start_ms: int
    end_ms: int
    hours: list[int]
    rates: list[int]


@dataclass(slots=True)
class FundingCache:
    """Per symbol one window of hourly rates; `missed` are the symbols that were asked for in vain lately."""

    known: dict[str, _Known] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)

    def lacks(self, symbol: str, at: datetime) -> bool:
        """Whether the rate at a moment can only be had from the venue."""
        known, at_ms = self.known.get(symbol), to_ms(at)
        is_covered = known is not None and known.start_ms < at_ms <= known.end_ms
        return not is_covered and symbol not in self.missed

    @staticmethod
    def span(at: datetime) -> tuple[datetime, datetime]:
        """Return the window to ask for: five days around the moment."""
        start = at - BEFORE
        return start, start + timedelta(hours=HOURS_PER_ANSWER - 1)

    def put(self, symbol: str, start: datetime, end: datetime, ticks: Sequence[FundingTick]) -> None:
        """Remember a window; it reaches to the hour after its last rate, no farther: the next is not paid yet."""
        hours = [tick.hour_ms for tick in ticks]
        start_ms = to_ms(start)
        paid_until = hours[-1] + HOUR_MS if hours else start_ms
        self.known[symbol] = _Known(
            start_ms, min(to_ms(end), paid_until), hours, [tick.rate_e10 for tick in ticks]
        )

    def miss(self, symbol: str) -> None:
        """Do without a symbol until `forgive`."""
        self.missed.add(symbol)

    def forgive(self) -> None:
        """Let what was missed be asked for again."""
        self.missed.clear()

    def rate_e10(self, symbol: str, at: datetime) -> int:
        """Return the rate of the last hour before the moment, 0 when none is known."""
        known = self.known.get(symbol)
        if known is None:
            return 0
        place = bisect_left(known.hours, to_ms(at))
        return known.rates[place - 1] if place else 0
