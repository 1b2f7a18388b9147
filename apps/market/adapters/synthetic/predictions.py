"""Made-up prediction markets about the synthetic prices: strikes around them, every day and every week."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import isqrt

from apps.core.money import scaled_text
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.adapters.synthetic.waves import mix
from apps.market.types import EventTick, Outcome, PredictionStatus, PredictionTick, SourceName

ENDS = time(16, tzinfo=UTC)
FRIDAY = 4
ONE_E6 = 1_000_000
HOURLY_SIGMA_PPM = 6_000
"""How far the synthetic price strays in an hour, roughly; it grows with the root of the hours left."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How long before its end such a market is listed, and how far apart its strikes are."""

    name: str
    listed: timedelta
    step_ppm: int


DAILY = _Kind("daily", timedelta(days=2), 15_000)
WEEKLY = _Kind("weekly", timedelta(days=14), 60_000)
KINDS = {kind.name: kind for kind in (DAILY, WEEKLY)}
STRIKES = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class _Series:
    """One coin, kind and end."""

    symbol: str
    kind: _Kind
    ends_at: datetime


class SyntheticPredictions:
    """Markets wholly determined by the seed of the prices they are about."""

    name = SourceName.SYNTHETIC.value

    def __init__(self, prices: SyntheticSource) -> None:
        """Make markets about every coin of the synthetic prices."""
        self._prices = prices
        self._symbols = [listing.instrument.symbol for listing in prices.listings()]

    @property
    def skipped(self) -> dict[str, str]:
        """Nothing: every market can be read."""
        return {}

    def open_pages(self, *, at: datetime) -> Iterator[list[PredictionTick]]:
        """Yield the markets that are listed and have not ended, as one page."""
        yield self._between(at, at + WEEKLY.listed, at)

    def closed_pages(self, *, since: datetime, at: datetime) -> Iterator[list[PredictionTick]]:
        """Yield the markets that ended in (since, at], as one page."""
        yield self._between(since, at, at)

    def market(self, market_id: str, *, at: datetime) -> PredictionTick | None:
        """Return one market as it stands at `at`, None for an id that is none of ours."""
        parts = market_id.split(":")
        if (
            len(parts) != 5
            or parts[0] != "synthetic"
            or parts[1] not in self._symbols
            or parts[2] not in KINDS
        ):
            return None
        series = _Series(parts[1], KINDS[parts[2]], _end(date.fromisoformat(parts[3])))
        return self._market(series, int(parts[4]), at)

    def _between(self, after: datetime, until: datetime, at: datetime) -> list[PredictionTick]:
        """Every market listed at `at` that ends in (after, until]."""
        return [
            self._market(_Series(symbol, kind, ends_at), place, at)
            for kind, ends_at in _ends(after, until)
            if ends_at - kind.listed <= at
            for symbol in self._symbols
            for place in range(len(STRIKES))
        ]

    def _market(self, series: _Series, place: int, at: datetime) -> PredictionTick:
        day = series.ends_at.date().isoformat()
        strike = self._strike(series, STRIKES[place])
        price = f"{series.symbol}/USD be above {scaled_text(strike, 6)}"
        is_over = at >= series.ends_at
        chance = self._chance_e6(series, strike, min(at, series.ends_at))
        mixed = mix(
            self._prices.seed, *series.symbol.encode("ascii"), series.ends_at.date().toordinal(), place
        )
        liquidity = (5_000 + mixed % 95_000) * ONE_E6
        return PredictionTick(
            market_id=f"synthetic:{series.symbol}:{series.kind.name}:{day}:{place}",
            condition_id="",
            slug=f"synthetic-{series.symbol.lower()}-above-{place}-{series.kind.name}-{day}",
            question=f"Synthetic: will {price} on {day} at {ENDS:%H:%M} UTC?",
            description=f"Made up from seed {self._prices.seed}; decided by the synthetic mid price at the end.",
            resolution_source=self._prices.label,
            outcomes=(Outcome("Yes", ""), Outcome("No", "")),
            prices_e6=(chance, ONE_E6 - chance),
            best_bid_e6=None if is_over else max(0, chance - 5_000),
            best_ask_e6=None if is_over else min(ONE_E6, chance + 5_000),
            last_e6=chance,
            liquidity_micros=0 if is_over else liquidity,
            volume_micros=3 * liquidity,
            volume_24h_micros=liquidity // 2,
            status=PredictionStatus.CLOSED if is_over else PredictionStatus.OPEN,
            ends_at=series.ends_at,
            event=EventTick(
                event_id=f"synthetic:{series.symbol}:{series.kind.name}:{day}",
                slug=f"synthetic-{series.symbol.lower()}-{series.kind.name}-{day}",
                title=f"Synthetic: {series.symbol} on {day}",
                tags=("synthetic",),
                starts_at=series.ends_at - series.kind.listed,
                ends_at=series.ends_at,
            ),
        )

    def _strike(self, series: _Series, steps: int) -> int:
        """Around the price when the market was listed, at three digits."""
        base = self._mid(series.symbol, series.ends_at - series.kind.listed)
        strike = base * (ONE_E6 + steps * series.kind.step_ppm) // ONE_E6
        digit = 10 ** max(0, len(str(strike)) - 3)
        return (strike + digit // 2) // digit * digit

    def _chance_e6(self, series: _Series, strike: int, at: datetime) -> int:
        """The nearer the end, the surer; at the end it is decided."""
        price = self._mid(series.symbol, at)
        if at >= series.ends_at:
            return ONE_E6 if price > strike else 0
        minutes = (series.ends_at - at) // timedelta(minutes=1) + 1
        sigma_ppm = HOURLY_SIGMA_PPM * isqrt(minutes * ONE_E6 // 60) // 1_000
        away_ppm = (price - strike) * ONE_E6 // strike
        chance = ONE_E6 // 2 + away_ppm * ONE_E6 // (2 * (abs(away_ppm) + sigma_ppm))
        return min(max(chance // 1_000 * 1_000, 1_000), ONE_E6 - 1_000)

    def _mid(self, symbol: str, at: datetime) -> int:
        mid = self._prices.quotes(symbols=[symbol], at=at)[0].mid_micros
        return mid or 1


def _end(day: date) -> datetime:
    return datetime.combine(day, ENDS)


def _ends(after: datetime, until: datetime) -> Iterable[tuple[_Kind, datetime]]:
    """Every end in (after, until]: one a day, and on Fridays that of the week too."""
    day = after.date()
    while (ends_at := _end(day)) <= until:
        if ends_at > after:
            yield DAILY, ends_at
            if day.weekday() == FRIDAY:
                yield WEEKLY, ends_at
        day += timedelta(days=1)
