"""Capital on chain (DefiLlama): as a source gives it and as memory returns it; values are micro-dollars."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import models


class SubjectKind(models.TextChoices):
    """What a capital figure is about."""

    GLOBAL = "global", "Global"
    CHAIN = "chain", "Chain"
    PROTOCOL = "protocol", "Protocol"
    STABLECOIN = "stablecoin", "Stablecoin"


class CapitalMetric(models.TextChoices):
    """What is measured: levels for TVL, supply and open interest, sums of 24 hours for the rest."""

    TVL = "tvl", "Total value locked"
    STABLECOIN_SUPPLY = "stablecoin_supply", "Stablecoin supply"
    DEX_VOLUME_24H = "dex_volume_24h", "DEX volume, 24 h"
    FEES_24H = "fees_24h", "Fees, 24 h"
    REVENUE_24H = "revenue_24h", "Revenue, 24 h"
    OPEN_INTEREST = "open_interest", "Open interest"


class CapitalTick(NamedTuple):
    """One figure as a source gives it; a provisional one is of the day that is not over."""

    metric: CapitalMetric
    kind: SubjectKind
    subject: str
    at: datetime
    value_micros: int
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class CapitalValue:
    """One stored figure at its newest revision that was knowable."""

    metric: str
    kind: str
    subject: str
    at: datetime
    value_micros: int
    is_provisional: bool
    revision: int
    knowable_at: datetime
