"""D06 from the source's list to what consumers are told: missing, delisted and unknown assets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, PriceRejection, Quote
from apps.market.services import ingest
from apps.market.types import Listing, QuoteTick
from tests.market.places import START

pytestmark = pytest.mark.django_db
FIVE = timedelta(seconds=5)
HOUR = timedelta(hours=1)


class Venue(SyntheticSource):
    """A live venue that can drop an asset from its prices, delist it, and price what nobody registered."""

    is_predetermined = False

    def __init__(self) -> None:
        super().__init__(seed=7, symbols=("BTC", "ETH", "SOL"))
        self.silent: set[str] = set()
        self.delisted: set[str] = set()
        self.extra: list[QuoteTick] = []

    def listings(self) -> list[Listing]:
        return [
            replace(
                item, instrument=replace(item.instrument, is_delisted=item.instrument.symbol in self.delisted)
            )
            for item in super().listings()
        ]

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        known = [symbol for symbol in symbols if symbol not in self.silent]
        return [*super().quotes(symbols=known, at=at), *self.extra]


@pytest.fixture
def venue() -> Venue:
    source = Venue()
    ingest.ingest_all(now=START, source=source)
    return source


def test_d06_a_missing_asset_is_held_back_at_once_and_the_others_go_on(venue: Venue) -> None:
    venue.silent = {"ETH"}
    ingest.ingest_all(now=START + FIVE, source=venue)
    quotes = queries.latest_quotes(["BTC", "ETH", "SOL"], at=START + FIVE)
    assert {symbol: quote.fault for symbol, quote in quotes.items()} == {
        "BTC": "",
        "ETH": "PRICE_MISSING",
        "SOL": "",
    }
    stale = {one.symbol: one.is_stale for one in queries.ingestion_health(START + 4 * FIVE).assets}
    assert stale["ETH"]


def test_d06_a_delisted_asset_keeps_its_last_accepted_price_from_then_on(venue: Venue) -> None:
    venue.silent = {"ETH"}
    ingest.ingest_all(now=START + FIVE, source=venue)
    last = queries.latest_quote("ETH", at=START)
    venue.delisted = {"ETH"}
    ingest.ingest_all(now=START + HOUR, source=venue)
    later = START + 30 * HOUR
    ingest.ingest_all(now=later, source=venue)
    standing = queries.latest_quote("ETH", at=later)
    assert last is not None and standing is not None
    assert (standing.mark_micros, standing.reference) == (last.mark_micros, last.reference)
    assert (standing.fault, standing.funding_rate_e10) == ("", 0)
    assert standing.at_ms == int(later.timestamp() * 1000)
    assert queries.instrument("ETH").is_delisted
    assert Quote.objects.filter(asset__symbol="ETH").count() == 1
    assert "ETH" not in {one.symbol for one in queries.ingestion_health(later).assets}
    before = queries.latest_quote("ETH", at=START + 2 * FIVE)
    assert before is not None
    assert before.fault == "PRICE_MISSING", "what was asked about a moment before stays as it was"


def test_d06_an_unknown_asset_is_ignored(venue: Venue) -> None:
    venue.extra = [QuoteTick("NEWCOIN", 5, 5, 5, 0)]
    assert ingest.ingest_all(now=START + FIVE, source=venue).failed == 0
    assert not Asset.objects.filter(symbol="NEWCOIN").exists()
    assert not PriceRejection.objects.exists()
    assert queries.latest_quotes(["NEWCOIN"], at=START + FIVE) == {}
