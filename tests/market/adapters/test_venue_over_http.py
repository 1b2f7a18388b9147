"""The live source over a real connection, well and in every kind of trouble."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.synthetic.source import SyntheticSource
from tests.market.venue import Market, Venue, running

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def venue() -> Iterator[Venue]:
    with running(Market(seed=7, clock=lambda: NOW)) as started:
        yield started


@pytest.fixture
def source(venue: Venue) -> HyperliquidSource:
    venue.fault = None
    return source_of(venue, timeout_seconds=30)


def source_of(venue: Venue, *, timeout_seconds: float) -> HyperliquidSource:
    client = InfoClient(venue.url, timeout_seconds=timeout_seconds)
    return HyperliquidSource(client, symbols=["BTC", "DOGE", "MATIC"])


def test_prices_books_and_closed_candles_arrive_whole(source: HyperliquidSource) -> None:
    truth = SyntheticSource(seed=7)
    listed = {item.symbol: item.is_delisted for item in (listing.instrument for listing in source.listings())}
    assert listed == {"BTC": False, "DOGE": False, "MATIC": True}
    assert source.quotes(symbols=["BTC", "DOGE"], at=NOW) == truth.quotes(symbols=["BTC", "DOGE"], at=NOW)
    assert source.book(symbol="DOGE", at=NOW) == truth.book(symbol="DOGE", at=NOW)
    window: dict[str, Any] = {"symbol": "BTC", "interval_ms": 60_000, "start": NOW - timedelta(hours=24)}
    bars = source.candles(**window, end=NOW)
    assert bars == truth.candles(**window, end=NOW)
    assert len(bars) == 24 * 60


@pytest.mark.parametrize(
    ("fault", "transient"),
    [
        (429, True),
        (500, True),
        (502, True),
        (404, False),
        ("html", False),
        ("truncated", False),
        ("reset", True),
        ("silence", True),
    ],
)
def test_every_trouble_is_an_adapter_error_and_passes(
    venue: Venue, source: HyperliquidSource, fault: int | str, transient: bool
) -> None:
    venue.fault = fault
    asked = source_of(venue, timeout_seconds=0.3) if fault == "silence" else source
    with pytest.raises(AdapterError) as caught:
        asked.candles(symbol="BTC", interval_ms=60_000, start=NOW - timedelta(hours=1), end=NOW)
    assert caught.value.transient is transient
    assert len(str(caught.value).splitlines()) == 1
    venue.fault = None
    assert source.quotes(symbols=["BTC"], at=NOW)


def test_a_venue_that_is_not_there_is_a_passing_trouble() -> None:
    client = InfoClient("http://127.0.0.1:9", timeout_seconds=0.3)
    with pytest.raises(AdapterError) as caught:
        client.all_mids()
    assert caught.value.transient
