"""Sources, their channels, how an ingestion cycle fared, and health."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models


class SourceName(models.TextChoices):
    """Where prices come from: exactly one is chosen for a data folder."""

    HYPERLIQUID = "hyperliquid", "Hyperliquid"
    REPLAY = "replay", "Recording"
    SYNTHETIC = "synthetic", "Synthetic"


class ContextSource(models.TextChoices):
    """Where everything but prices comes from; in a synthetic data folder they are made from the seed too."""

    POLYMARKET = "polymarket", "Polymarket"
    DEFILLAMA = "defillama", "DefiLlama"


class Channel(models.TextChoices):
    """The separate streams of ingestion."""

    ASSETS = "assets", "Assets"
    CANDLES = "candles", "Candles"
    QUOTES = "quotes", "Quotes"
    BOOKS = "books", "Books"
    CONTEXTS = "contexts", "Contexts"
    FUNDING = "funding", "Funding"
    PREDICTIONS = "predictions", "Prediction markets"
    CAPITAL_BASE = "capital_base", "Capital base"
    CAPITAL_FLOWS = "capital_flows", "Capital flows"
    ECONOMIC_THROUGHPUT = "economic_throughput", "Economic throughput"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """How often a channel is read, and how old its newest datum may be before it counts as stale."""

    channel: Channel
    every: timedelta
    stale_after: timedelta


PRICE_CHANNELS = (
    ChannelSpec(Channel.ASSETS, timedelta(hours=1), timedelta(hours=3)),
    ChannelSpec(Channel.CANDLES, timedelta(minutes=1), timedelta(minutes=3)),
    ChannelSpec(Channel.QUOTES, timedelta(seconds=5), timedelta(seconds=15)),
    ChannelSpec(Channel.BOOKS, timedelta(seconds=5), timedelta(seconds=30)),
    ChannelSpec(Channel.CONTEXTS, timedelta(minutes=1), timedelta(minutes=3)),
    ChannelSpec(Channel.FUNDING, timedelta(hours=1), timedelta(hours=2, minutes=10)),
)
PREDICTION_CHANNELS = (ChannelSpec(Channel.PREDICTIONS, timedelta(minutes=1), timedelta(minutes=5)),)
CAPITAL_CHANNELS = (
    ChannelSpec(Channel.CAPITAL_BASE, timedelta(minutes=15), timedelta(hours=1)),
    ChannelSpec(Channel.CAPITAL_FLOWS, timedelta(minutes=15), timedelta(hours=1)),
    ChannelSpec(Channel.ECONOMIC_THROUGHPUT, timedelta(minutes=15), timedelta(hours=1)),
)


class IngestionStatus(models.TextChoices):
    """How one channel fares in one cycle; a cycle that died stays running until the next one marks it partial."""

    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIAL = "partial", "Partly failed"
    FAILED = "failed", "Failed"


class HealthStatus(models.TextChoices):
    """How a channel stands: by the age of its data, not by the age of its process."""

    OK = "ok", "OK"
    RUNNING = "running", "Running"
    MISSING = "missing", "Missing"
    FAILED = "failed", "Failed"
    STALE = "stale", "Stale"


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """The source that was chosen, and why; a recording also has its span."""

    name: str
    label: str
    reason: str
    span_start: datetime | None = None
    span_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How one channel of one source stands; `data_at` is the time of its newest datum, `age_sec` how old that is.

    `fault` and `error` are those of the latest run that ended, empty where it was well.
    """

    source: str
    channel: str
    status: str
    expected_cadence_sec: int
    stale_after_sec: int
    age_sec: int | None = None
    rows_written: int = 0
    data_at: datetime | None = None
    last_run_at: datetime | None = None
    fault: str = ""
    error: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether its data are fresh and its latest run did not fail."""
        return self.status in (HealthStatus.OK, HealthStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class AssetHealth:
    """How fresh one asset's price is, and the fault that holds back a newer one."""

    symbol: str
    price_at: datetime | None
    age_ms: int | None
    is_stale: bool
    fault: str


@dataclass(frozen=True, slots=True)
class IngestionHealth:
    """The chosen source, every channel that it should have, and every price at one moment."""

    source: SourceChoice | None
    rows: list[ChannelHealth] = field(default_factory=list)
    assets: list[AssetHealth] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when a source is chosen, each of its channels is well and no price is stale."""
        return (
            self.source is not None
            and all(row.is_ok for row in self.rows)
            and not any(asset.is_stale for asset in self.assets)
        )
