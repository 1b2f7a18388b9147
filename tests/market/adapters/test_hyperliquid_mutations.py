"""Thousands of wrong answers of the venue: no exception but AdapterError, and no value that memory could not hold."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from apps.core.errors import AdapterError
from apps.core.http import Client
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.numbers import HIGHEST_STORED
from apps.market.types import Bar
from tests.market.mutations import amount, mutations
from tests.market.places import recorded

pytestmark = pytest.mark.recorded
FAR = 1_900_000_000_000


def read_universe(body: Any) -> None:
    universe = parse.universe(body)
    for tick in universe.quotes(universe.contexts):
        for price in tick[1:4]:
            assert price is None or -HIGHEST_STORED <= price <= HIGHEST_STORED
        assert abs(tick.funding_rate_e10) <= 400_000_000
    for context in attempt(lambda: universe.positioning(universe.contexts)):
        assert all(0 <= value <= HIGHEST_STORED for value in context[1:4])
        for price in (context.previous_day_micros, context.impact_bid_micros, context.impact_ask_micros):
            assert price is None or 0 < price <= HIGHEST_STORED
        assert context.premium_e10 is None or abs(context.premium_e10) <= 10**10
    attempt(lambda: parse.meta(universe.meta))


def attempt(act: Callable[[], list[Any]]) -> list[Any]:
    try:
        return act()
    except AdapterError:
        return []


def read_meta(body: Any) -> None:
    places = set()
    for listing in parse.meta(body):
        instrument = listing.instrument
        assert 0 < len(instrument.symbol) <= 40 and len(listing.margin_mode) <= 24
        assert 0 <= instrument.size_decimals <= 6 and 1 <= instrument.max_leverage <= 1_000
        assert instrument.tiers[0].lower_bound_micros == 0
        places.add((instrument.symbol, listing.venue_index))
    assert len({symbol for symbol, _ in places}) == len({place for _, place in places}) == len(places)


def read_candles(body: Any) -> None:
    bars = parse.candles(body, symbol="kPEPE", interval="1h", now_ms=FAR)
    assert [bar.open_ms for bar in bars] == sorted({bar.open_ms for bar in bars})
    for bar in bars:
        assert is_sound(bar) and bar.open_ms % 3_600_000 == 0 and bar.open_ms < FAR


def is_sound(bar: Bar) -> bool:
    inside = bar.low_micros <= min(bar.open_micros, bar.close_micros)
    inside &= bar.high_micros >= max(bar.open_micros, bar.close_micros)
    return (
        inside
        and 0 < bar.low_micros <= bar.high_micros <= HIGHEST_STORED
        and 0 <= 60 * bar.volume_micros <= HIGHEST_STORED
    )


def read_book(body: Any) -> None:
    book = parse.book(body, symbol="BTC", size_decimals=5, now_ms=FAR)
    if book is None:
        return
    for price, size in (*book.bids, *book.asks):
        assert 0 < price <= HIGHEST_STORED and 0 < size <= HIGHEST_STORED
    assert not book.bids or not book.asks or book.bids[0][0] < book.asks[0][0]


def read_funding(body: Any) -> None:
    page = parse.funding_history(body, symbol="BTC", now_ms=FAR)
    hours = [tick.hour_ms for tick in page.ticks]
    assert hours == sorted(set(hours)) and all(hour % 3_600_000 == 0 for hour in hours)
    assert all(abs(tick.rate_e10) <= 400_000_000 for tick in page.ticks)


def read_mids(body: Any) -> None:
    assert all(0 < mid <= HIGHEST_STORED for mid in parse.all_mids(body).values())


READERS: dict[str, Callable[[Any], None]] = {
    "meta_and_asset_ctxs_26_assets.json": read_universe,
    "meta_2026-10.json": read_meta,
    "candle_snapshot_2023.json": read_candles,
    "l2_book_btc_2026.json": read_book,
    "funding_history_2023.json": read_funding,
    "all_mids_2023.json": read_mids,
}


@pytest.mark.parametrize("name", READERS)
def test_d21_no_mutation_of_a_recorded_answer_gets_through(name: str, pytestconfig: pytest.Config) -> None:
    document = json.loads(recorded(f"hyperliquid-info/{name}").read_text())
    body = document["response"] if isinstance(document, dict) and "response" in document else document
    read, raw = READERS[name], [b""]
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=raw[0]))
    refused = taken = 0
    with Client("https://venue.test", timeout=3, max_bytes=4_000_000, transport=transport) as client:
        read(body)
        for label, wrong in mutations(body, seed=20_260_301, count=-(-amount(pytestconfig) // len(READERS))):
            raw[0] = wrong
            try:
                read(client.post_json("/info", json={}))
                taken += 1
            except AdapterError as error:
                assert len(str(error).splitlines()) <= 1, label
                refused += 1
            except Exception as error:
                pytest.fail(f"{label}: {type(error).__name__}: {error}")
    assert refused > 10 and taken > 0
