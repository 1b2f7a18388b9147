"""A registry, a Gamma and a clock: what the sweeps of prediction markets are tested with."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apps.core import breaker
from apps.market.adapters.polymarket.client import GammaClient
from apps.market.adapters.polymarket.source import PolymarketSource
from apps.market.models import Asset, IngestionRun
from apps.market.services.predictions.ingest import ingest_predictions
from apps.operations.types import Report
from tests.market.gamma import Gamma, event, market

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
SYMBOLS = ("BTC", "ETH", "SOL", "LINK", "NEAR", "UNI", "TON", "APT", "BCH", "XRP", "AVAX", "HYPE", "OP")


def register(*symbols: str, units: int = 1) -> None:
    """Put assets into the registry."""
    Asset.objects.bulk_create(
        Asset(
            symbol=symbol,
            size_decimals=2,
            max_leverage=10,
            source="hyperliquid",
            units_per_contract=units,
            created_at=NOW,
        )
        for symbol in symbols
    )


@dataclass
class World:
    """Gamma at `url`, and the sweeps over it; `at` is the clock."""

    gamma: Gamma
    url: str
    at: datetime = NOW
    source: PolymarketSource = field(init=False)

    def __post_init__(self) -> None:
        breaker.forget("polymarket")
        self.source = PolymarketSource(GammaClient(self.url, timeout_seconds=5))

    def list_markets(self, count: int, *, first: int = 1, about: str = "Bitcoin") -> None:
        """Add events of one market each."""
        for number in range(first, first + count):
            question = f"Will {about} be above ${number}k?"
            row = market(number, question, ends_at=TOMORROW)
            self.gamma.events.append(event(number, f"{about} on March 13", [row]))

    def sweep(self, *, after: timedelta = timedelta(0)) -> Report:
        """One sweep, so much later."""
        self.at += after
        return ingest_predictions(now=NOW, real_now=lambda: self.at, source=self.source)

    @property
    def run(self) -> IngestionRun:
        """The latest run."""
        return IngestionRun.objects.latest("id")
