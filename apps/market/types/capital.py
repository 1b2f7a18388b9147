"""Capital on chain (DefiLlama): as a source gives it and as memory returns it; values are micro-dollars."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import models

GLOBAL_SUBJECT = "all"
"""The subject of a figure that is about everything."""
CHAIN_OF: Mapping[str, str] = {
    "BTC": "Bitcoin",
    "ETH": "Ethereum",
    "SOL": "Solana",
    "BNB": "BSC",
    "AVAX": "Avalanche",
    "HYPE": "Hyperliquid L1",
    "ARB": "Arbitrum",
    "SUI": "Sui",
}
"""The chain whose capital speaks of an asset, by DefiLlama's name of it (api.llama.fi/v2/chains, 2026-11)."""


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


class CapitalFault(models.TextChoices):
    """Why a figure is not accepted."""

    MISSING = "CAPITAL_MISSING", "Missing"
    NEGATIVE = "CAPITAL_NEGATIVE", "Negative"
    ABSURD = "CAPITAL_ABSURD", "Beyond a hundredfold of the last one"


class CapitalTick(NamedTuple):
    """One figure as a source gives it, None where it has none; a provisional one is of the day that is not over."""

    metric: CapitalMetric
    kind: SubjectKind
    subject: str
    at: datetime
    value_micros: int | None
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


@dataclass(frozen=True, slots=True)
class CapitalLevel:
    """The newest figure of one subject with what it was a day and a week earlier, None where memory does not reach.

    `knowable_at` is that of its newest part.
    """

    channel: str
    metric: str
    kind: str
    subject: str
    at: datetime
    value_micros: int
    day_ago_micros: int | None
    week_ago_micros: int | None
    is_provisional: bool
    revision: int
    source: str
    knowable_at: datetime

    @property
    def change_1d_micros(self) -> int | None:
        """Return the change over a day: the flow, where the figure is a level."""
        return None if self.day_ago_micros is None else self.value_micros - self.day_ago_micros

    @property
    def change_7d_micros(self) -> int | None:
        """Return the change over a week."""
        return None if self.week_ago_micros is None else self.value_micros - self.week_ago_micros

    @property
    def change_1d_bps(self) -> int | None:
        """Return the change over a day in basis points of what it was, None from nothing."""
        return _bps(self.value_micros, self.day_ago_micros)

    @property
    def change_7d_bps(self) -> int | None:
        """Return the change over a week in basis points of what it was, None from nothing."""
        return _bps(self.value_micros, self.week_ago_micros)


def _bps(value: int, before: int | None) -> int | None:
    return (value - before) * 10_000 // before if before else None
