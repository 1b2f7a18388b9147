"""The live source over a real connection, well and in every kind of trouble."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from apps.core import breaker, limits
from apps.core.errors import AdapterError
from apps.core.moments import to_ms
from apps.market.adapters.hyperliquid.client import InfoClient, weight_of
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.synthetic.source import SyntheticSource
from tests.market.venue import SENSELESS, Market, Venue, running

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def venue() -> Iterator[Venue]:
    with running(Market(seed=7, clock=lambda: NOW)) as started:
        yield started


@pytest.fixture
def source(venue: Venue) -> HyperliquidSource:
    venue.fault = venue.retry_after = None
    return source_of(venue, timeout_seconds=30)


def source_of(venue: Venue, *, timeout_seconds: float) -> HyperliquidSource:
    client = InfoClient(venue.url, timeout_seconds=timeout_seconds)
    return HyperliquidSource(client, symbols=["BTC", "DOGE", "MATIC"])


def test_prices_books_and_closed_candles_arrive_whole(source: HyperliquidSource) -> None:
    truth = SyntheticSource(seed=7)
    listed = {item.symbol: item.is_delisted for item in (listing.instrument for listing in source.listings())}
    assert len(listed) == 9
    assert (listed["BTC"], listed["DOGE"], listed["MATIC"]) == (False, False, True)
    assert source.quotes(symbols=["BTC", "DOGE"], at=NOW) == truth.quotes(symbols=["BTC", "DOGE"], at=NOW)
    assert source.book(symbol="DOGE", at=NOW) == truth.book(symbol="DOGE", at=NOW)._replace(at_ms=to_ms(NOW))
    window: dict[str, Any] = {"symbol": "BTC", "interval_ms": 60_000, "start": NOW - timedelta(hours=24)}
    bars = source.candles(**window, end=NOW)
    assert bars == truth.candles(**window, end=NOW)
    assert len(bars) == 24 * 60


@pytest.mark.parametrize(
    ("fault", "kind", "transient"),
    [
        (429, "RATE_LIMITED", True),
        (418, "RATE_LIMITED", True),
        (451, "REFUSED", False),
        (404, "REFUSED", False),
        (422, "REFUSED", False),
        (500, "SERVER_ERROR", True),
        (502, "SERVER_ERROR", True),
        ("reset", "NETWORK", True),
        ("reset mid-body", "NETWORK", True),
        ("silence", "NETWORK", True),
        ("redirect", "REFUSED", False),
        ("huge", "PAYLOAD_INVALID", False),
        ("list", None, None),
        *((fault, "PAYLOAD_INVALID", False) for fault in SENSELESS if fault not in ("null", "list")),
        ("null", "SCHEMA_DRIFT", False),
    ],
)
def test_d01_d03_d20_every_trouble_is_an_adapter_error_of_its_class_and_passes(
    venue: Venue, source: HyperliquidSource, fault: int | str, kind: str | None, transient: bool | None
) -> None:
    venue.fault, venue.elsewhere = fault, f"{venue.url}/info"
    asked = source_of(venue, timeout_seconds=0.3) if fault == "silence" else source
    before = len(venue.asked)
    window: dict[str, Any] = {
        "symbol": "BTC",
        "interval_ms": 60_000,
        "start": NOW - timedelta(hours=1),
        "end": NOW,
    }
    if kind is None:
        assert asked.candles(**window) == []
    else:
        with pytest.raises(AdapterError) as caught:
            asked.candles(**window)
        assert (caught.value.fault.value, caught.value.transient) == (kind, transient)
        assert len(str(caught.value).splitlines()) == 1
    assert len(venue.asked) == before + 1
    venue.fault = None
    breaker.forget("hyperliquid")
    assert source.quotes(symbols=["BTC"], at=NOW)


@pytest.mark.parametrize("fault", ["list", "null"])
def test_d03_an_empty_universe_is_no_universe(venue: Venue, source: HyperliquidSource, fault: str) -> None:
    venue.fault = fault
    with pytest.raises(AdapterError) as caught:
        source.quotes(symbols=["BTC"], at=NOW)
    assert caught.value.fault.value == "SCHEMA_DRIFT"


@pytest.mark.parametrize("wish", [None, "20", "a date", "nonsense"])
@pytest.mark.parametrize("status", [429, 418])
def test_d02_a_venue_that_asks_for_patience_is_not_asked_again(
    venue: Venue, source: HyperliquidSource, status: int, wish: str | None
) -> None:
    at = datetime.now(UTC) + timedelta(seconds=40)
    venue.fault, venue.retry_after = status, at if wish == "a date" else wish
    with pytest.raises(AdapterError):
        source.quotes(symbols=["BTC"], at=NOW)
    before = len(venue.asked)
    venue.fault = None
    with pytest.raises(AdapterError) as caught:
        source.quotes(symbols=["BTC"], at=NOW)
    assert caught.value.fault.value == "BREAKER_OPEN"
    assert caught.value.retry_after is not None
    floor, roof = (18, 300) if wish not in (None, "nonsense") else (0, 2)
    assert floor <= caught.value.retry_after <= roof
    assert len(venue.asked) == before


def test_d01_five_failures_open_the_circuit_for_every_client_of_the_venue(
    venue: Venue, source: HyperliquidSource
) -> None:
    venue.fault = 503
    before = len(venue.asked)
    for _ in range(9):
        with pytest.raises(AdapterError):
            source.book(symbol="BTC", at=NOW)
    assert len(venue.asked) == before + 5
    with pytest.raises(AdapterError, match="left in peace"):
        source_of(venue, timeout_seconds=3).quotes(symbols=["BTC"], at=NOW)


def test_the_budget_of_weights_is_shared_books_do_without_first_and_prices_last(
    venue: Venue, source: HyperliquidSource, settings: Any
) -> None:
    settings.HYPERLIQUID_WEIGHT_PER_MINUTE = 400
    window: dict[str, Any] = {
        "symbol": "BTC",
        "interval_ms": 60_000,
        "start": NOW - timedelta(minutes=9),
        "end": NOW,
    }
    source.listings()
    other = source_of(venue, timeout_seconds=3)
    for _ in range(11):
        other.quotes(symbols=["BTC"], at=NOW)
    for _ in range(13):
        source.book(symbol="BTC", at=NOW)
    spent(lambda: source.book(symbol="BTC", at=NOW))
    source.candles(**window)
    spent(lambda: source.candles(**window))
    for _ in range(5):
        source.quotes(symbols=["BTC"], at=NOW)
    before = len(venue.asked)
    spent(lambda: source.quotes(symbols=["BTC"], at=NOW))
    assert len(venue.asked) == before


def spent(ask: Callable[[], object]) -> None:
    """Ask in vain: the budget has nothing left for this question."""
    with pytest.raises(AdapterError, match="budget of 400 weights a minute is spent") as caught:
        ask()
    assert (caught.value.fault.value, caught.value.transient, caught.value.retry_after) == (
        "BUDGET_SPENT",
        True,
        60.0,
    )


def test_a_patient_client_waits_for_the_budget(venue: Venue, settings: Any) -> None:
    settings.HYPERLIQUID_WEIGHT_PER_MINUTE = 100
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            limits.forget()

    client = InfoClient(venue.url, wait_up_to=10, sleep=nap)
    venue.fault = None
    for _ in range(6):
        client.meta_and_contexts()
    assert naps == [1.0, 1.0, 1.0]
    naps.extend([0.0] * 9)
    with pytest.raises(AdapterError, match="spent"):
        for _ in range(6):
            client.meta_and_contexts()
    assert len(naps) == 12 + 10


def test_who_waits_for_the_budget_does_not_hold_the_one_trial(venue: Venue, settings: Any) -> None:
    settings.HYPERLIQUID_WEIGHT_PER_MINUTE = 200
    hurried = InfoClient(venue.url)
    for _ in range(7):
        hurried.meta_and_contexts()
    cache.set("breaker:hyperliquid", (5, 1, 0.0), 60)  # the wait is over, a trial is due
    answers: list[object] = []
    patient = InfoClient(venue.url, wait_up_to=1, sleep=lambda _: answers.append(hurried.meta_and_contexts()))
    with pytest.raises(AdapterError, match="spent"):
        patient.candles(symbol="BTC", interval="1m", start_ms=0, end_ms=300_000_000)
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("document", "weight"),
    [
        ({"type": "l2Book", "coin": "BTC"}, 2),
        ({"type": "allMids"}, 2),
        ({"type": "metaAndAssetCtxs"}, 20),
        ({"type": "candleSnapshot", "req": {"interval": "1m", "startTime": 0, "endTime": 60_000}}, 21),
        (
            {"type": "candleSnapshot", "req": {"interval": "1m", "startTime": 0, "endTime": 60_000 * 9_000}},
            104,
        ),
        ({"type": "fundingHistory", "coin": "BTC", "startTime": 0, "endTime": 3_600_000 * 48}, 23),
        ({"type": "fundingHistory", "coin": "BTC", "startTime": 0, "endTime": 3_600_000 * 9_000}, 45),
    ],
)
def test_a_question_costs_what_the_venue_charges(document: dict[str, Any], weight: int) -> None:
    assert weight_of(document) == weight


def test_a_venue_that_is_not_there_is_a_passing_trouble() -> None:
    client = InfoClient("http://127.0.0.1:9", timeout_seconds=0.3)
    with pytest.raises(AdapterError) as caught:
        client.all_mids()
    assert caught.value.transient
