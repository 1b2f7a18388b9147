"""Prediction markets: as a source gives them and as memory returns them.

Prices are probabilities in 1e-6, money is micro-dollars. Texts are raw: whoever shows them to a model sanitises them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import models


class PredictionStatus(models.TextChoices):
    """Whether a prediction market still trades."""

    OPEN = "open", "Open"
    PAUSED = "paused", "Not accepting orders"
    CLOSED = "closed", "Closed"


class LinkMethod(models.TextChoices):
    """What tells that a prediction market is about an asset; the confidence is stated with each link."""

    RESOLUTION_SOURCE = "resolution-source", "Named by the resolution source"
    SERIES = "series", "Named by slug or series"
    NAME = "name", "Named in full in the question"
    TICKER = "ticker", "Ticker in the question"


class PredictionView(models.TextChoices):
    """The three views of memory on prediction markets, by when they end."""

    IMMEDIATE = "immediate", "Ends soon"
    LATER = "later", "Ends later"
    CLOSED = "closed", "Recently closed"


class Outcome(NamedTuple):
    """One outcome of a market; token ids are decimals of some 77 digits and stay text."""

    label: str
    token_id: str


class EventTick(NamedTuple):
    """The event that a market belongs to; `series` are the slugs of the series it is one of."""

    event_id: str
    slug: str
    title: str
    tags: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    series: tuple[str, ...] = ()


class PredictionTick(NamedTuple):
    """One market as a source gives it; `prices_e6` belong to `outcomes` by position, empty where there are none."""

    market_id: str
    condition_id: str
    slug: str
    question: str
    description: str
    resolution_source: str
    outcomes: tuple[Outcome, ...]
    prices_e6: tuple[int, ...]
    best_bid_e6: int | None
    best_ask_e6: int | None
    last_e6: int | None
    liquidity_micros: int | None
    volume_micros: int | None
    volume_24h_micros: int | None
    status: PredictionStatus
    ends_at: datetime | None
    event: EventTick | None


@dataclass(frozen=True, slots=True)
class PredictionValue:
    """A market linked to the asset `symbol`, as known at one moment; `knowable_at` is that of its newest part."""

    symbol: str
    source: str
    market_id: str
    slug: str
    event_title: str
    question: str
    outcomes: tuple[str, ...]
    prices_e6: tuple[int, ...]
    best_bid_e6: int | None
    best_ask_e6: int | None
    last_e6: int | None
    liquidity_micros: int | None
    volume_24h_micros: int | None
    status: str
    ends_at: datetime | None
    method: str
    confidence_bps: int
    knowable_at: datetime
