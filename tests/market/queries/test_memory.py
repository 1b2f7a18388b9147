"""What memory_at reads and says: only what was asked for, with ages and reasons, in a constant number of reads."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import NotFound
from apps.core.moments import to_ms
from apps.market import queries
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, AssetContext, PriceRejection
from apps.market.services import ingest
from apps.market.types import ALL_STREAMS, MINUTE_MS, MemoryStream
from tests.market.places import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def btc() -> Asset:
    source = SyntheticSource(seed=7, symbols=("BTC",))
    ingest.backfill(start=START - 4 * HOUR, end=START, quotes=False, source=source)
    ingest.ingest_all(now=START, source=source)
    return Asset.objects.get(symbol="BTC")


def add_context(asset: Asset, at: datetime, open_interest: int) -> None:
    AssetContext.objects.create(
        asset=asset,
        at=at,
        open_interest_micros=open_interest,
        day_notional_micros=1,
        day_base_micros=open_interest // 2,
        source="synthetic",
        knowable_at=at,
    )


def test_a_full_memory_holds_every_stream_of_prices_and_what_follows_from_them(btc: Asset) -> None:
    with CaptureQueriesContext(connection) as reads:
        memory = queries.memory_at("BTC", at=START)
    assert len(reads) <= 24
    assert set(memory.missing) == {MemoryStream.PREDICTIONS, MemoryStream.CAPITAL}
    assert memory.ages_ms[MemoryStream.QUOTE] == 0
    assert memory.max_knowable_at == START
    assert {length: len(bars) for length, bars in memory.candles.items()} == {
        60_000: 120,
        300_000: 48,
        3_600_000: 4,
    }
    assert memory.features[MINUTE_MS] == queries.features_at("BTC", interval_ms=MINUTE_MS, at=START)
    assert memory.features[MINUTE_MS].candles_count == 200
    assert memory.features[3_600_000].indicators.rsi_14_e6 is None
    assert memory.liquidity == queries.liquidity_at("BTC", at=START)
    assert memory.positioning == queries.positioning_at("BTC", at=START)
    assert memory.quote is not None
    assert memory.liquidity is not None
    assert abs(memory.liquidity.mid_micros - memory.quote.mid_micros) <= memory.quote.mid_micros // 1_000


def test_only_the_streams_asked_for_are_read(btc: Asset) -> None:
    with CaptureQueriesContext(connection) as reads:
        memory = queries.memory_at("BTC", at=START, streams={MemoryStream.QUOTE})
    assert len(reads) <= 5
    assert memory.quote is not None
    assert (memory.candles, memory.features, memory.book, memory.funding) == ({}, {}, None, ())
    assert memory.missing == {}
    assert memory.ages_ms == {MemoryStream.QUOTE: 0}


def test_what_is_derived_brings_what_it_is_derived_from(btc: Asset) -> None:
    memory = queries.memory_at("BTC", at=START, streams=[MemoryStream.LIQUIDITY, MemoryStream.POSITIONING])
    assert memory.liquidity is not None
    assert memory.positioning is not None
    assert memory.book is not None
    assert memory.context is not None
    assert memory.positioning.open_interest_micros == memory.context.open_interest_micros
    assert memory.quote is None
    assert MemoryStream.QUOTE not in memory.missing


def test_ages_are_those_of_the_newest_data(btc: Asset) -> None:
    at = START + timedelta(minutes=7, milliseconds=250)
    ages = queries.memory_at("BTC", at=at).ages_ms
    old = 7 * MINUTE_MS + 250
    assert {ages[stream] for stream in (MemoryStream.QUOTE, MemoryStream.CANDLES, MemoryStream.BOOK)} == {old}
    assert ages[MemoryStream.FEATURES] == ages[MemoryStream.LIQUIDITY] == old


def test_the_fault_of_a_price_is_told_where_there_is_no_price_at_all() -> None:
    asset = Asset.objects.create(
        symbol="NEW", size_decimals=2, max_leverage=5, source="synthetic", created_at=START
    )
    PriceRejection.objects.create(asset=asset, at=START, reason="PRICE_MISSING", source="synthetic")
    assert queries.memory_at("NEW", at=START - HOUR).price_fault == ""
    memory = queries.memory_at("NEW", at=START)
    assert (memory.quote, memory.price_fault) == (None, "PRICE_MISSING")
    assert set(memory.missing) == set(ALL_STREAMS)
    assert all(reason.endswith(".") for reason in memory.missing.values())


@pytest.mark.parametrize("ask", [queries.memory_at, queries.liquidity_at, queries.positioning_at])
def test_an_unknown_asset_is_the_one_error(ask: object) -> None:
    with pytest.raises(NotFound):
        ask("NOPE", at=START)


@pytest.mark.parametrize(
    ("minutes_ago", "hourly"), [(59, None), (60, 10_000), (74, 10_000), (75, None)], ids=str
)
def test_open_interest_is_compared_with_what_it_was_about_an_hour_ago(
    minutes_ago: int, hourly: int | None
) -> None:
    asset = Asset.objects.create(
        symbol="OI", size_decimals=2, max_leverage=5, source="synthetic", created_at=START
    )
    add_context(asset, START - timedelta(minutes=minutes_ago), 500)
    add_context(asset, START, 1_000)
    found = queries.positioning_at("OI", at=START + timedelta(seconds=5))
    assert found is not None
    assert found.open_interest_1h_bps == hourly
    assert found.open_interest_24h_bps is None
    assert (found.turnover_bps, found.funding_e10, found.knowable_at) == (5_000, None, START)


def test_open_interest_is_compared_with_that_of_a_day_ago() -> None:
    asset = Asset.objects.create(
        symbol="OI", size_decimals=2, max_leverage=5, source="synthetic", created_at=START
    )
    for ago, interest in ((0, 900), (1, 1_000), (24, 600), (48, 1)):
        add_context(asset, START - ago * HOUR, interest)
    memory = queries.memory_at("OI", at=START, streams=[MemoryStream.POSITIONING])
    assert memory.positioning is not None
    assert memory.positioning.open_interest_1h_bps == -1_000
    assert memory.positioning.open_interest_24h_bps == 5_000
    assert [to_ms(START) - to_ms(context.at) for context in memory.contexts] == [0, 3_600_000, 86_400_000]
