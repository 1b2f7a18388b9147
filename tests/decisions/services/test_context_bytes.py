"""What contexts tell of the market over one written history keeps its bytes, however the streams are read."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clones.graph.types import CompiledPrompt, StreamUse
from apps.decisions.engine.document import section_digests, to_document
from apps.decisions.services.context import Reading, build_context
from apps.market.queries import MarketBoard
from tests.decisions import streams_world as world
from tests.decisions.world import ACCOUNT, DOLLAR, NOW

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PROMPT = CompiledPrompt("prompt", "Prompt", "model", "trend", 5, True, "Buy dips.", ("BTC",), {})
DIGESTS = {
    "light": "840c50f2896ed40f5c03097b9bad80e7219c38caa11d9c1743f0defd80187151",
    "standard": "df3bb3fd5c33941773e3f24485fbde14e35be05e51ad5d0b22bb2dd1c6c1ce7c",
    "frontier": "4108974c32c65624f831a0c4542f1b4718b8d793db39ac2bd88d974bf2547cfd",
}
"""Of the same history, taken when every stream was still read by the ORM."""


@pytest.mark.parametrize("strength", DIGESTS)
def test_the_bytes_of_a_context_do_not_depend_on_how_it_is_read(strength: str) -> None:
    write_history()
    reading = Reading(tuple(StreamUse(name, "standard") for name in world.EVERY_STREAM), strength)
    packet = build_context(
        prompt=PROMPT,
        symbol="BTC",
        slot_at=NOW,
        account=ACCOUNT,
        policy=None,
        board=MarketBoard(NOW),
        reading=reading,
    )
    document = to_document(packet)
    assert len(document["streams"]["predictions"]) == {"light": 3, "standard": 6, "frontier": 9}[strength]
    book = document["streams"]["order_book"]
    # Keys of rows are the database's own, and how a book is told may grow.
    document["quote"]["reference"] = book["reference"] = "stored"
    book.pop("size_decimals", None)
    assert section_digests(document)["market"] == DIGESTS[strength]


def write_history() -> None:
    """Every stream, with what is withdrawn, over, late, unknown yet, corrected, provisional, or has no value."""
    asset = world.write_streams()
    later = NOW + timedelta(seconds=1)
    _correct_a_candle(asset, later)
    for hours, interest in ((1, 900), (24, 800), (25, 1)):
        _context(asset, NOW - hours * HOUR - 5 * MINUTE, interest * DOLLAR)
    for place in range(12):
        market = world.write_prediction(
            asset,
            NOW - DAY,
            name=f"market-{place}",
            ends=DAY + (place * 9 - 3) * HOUR,
            question=f"№ {place}?",
        )
        _state(market, NOW - place * MINUTE, place)
        _state(market, later, 99)
    links = world.rows("market.PredictionLink")
    links.filter(market__market_id="market-3").update(withdrawn_at=NOW)
    links.filter(market__market_id="market-4").update(withdrawn_at=later, confidence_bps=9_900)
    _define(links.get(market__market_id="market-5").market, NOW - HOUR, ends=None)
    _define(links.get(market__market_id="market-6").market, NOW - HOUR, ends=NOW)
    _define(links.get(market__market_id="market-7").market, later, ends=NOW)
    world.write_book(asset, later, levels=1)
    for metric, kind, subject in (("fees_24h", "global", "all"), ("tvl", "chain", "Ethereum")):
        for ago in range(12):
            _figure(metric, kind, subject, NOW - ago * DAY - HOUR, value=ago * DOLLAR, known=NOW)
    for revision, known in ((1, NOW), (2, later)):
        _figure(
            "tvl",
            "global",
            "all",
            NOW.replace(hour=0),
            value=(120 + revision) * DOLLAR,
            known=known,
            revision=revision,
            is_provisional=True,
        )


def _correct_a_candle(asset: Any, later: Any) -> None:
    candles = world.rows("market.Candle").filter(asset=asset, interval_ms=60_000).order_by("-open_at")
    for place, revised_at in ((3, NOW - MINUTE), (5, later)):
        candle = candles[place]
        values = ("open_micros", "high_micros", "low_micros", "close_micros", "volume_micros")
        world.rows("market.CandleRevision").create(
            asset=asset,
            interval_ms=60_000,
            open_at=candle.open_at,
            knowable_at=candle.knowable_at,
            superseded_at=revised_at,
            **{name: getattr(candle, name) for name in values},
        )
        candle.close_micros, candle.revised_at = candle.close_micros + DOLLAR // 2, revised_at
        candle.save()


def _context(asset: Any, at: Any, interest: int) -> None:
    world.rows("market.AssetContext").create(
        asset=asset,
        at=at,
        open_interest_micros=interest,
        day_notional_micros=DOLLAR,
        day_base_micros=DOLLAR,
        source="synthetic",
        knowable_at=at,
    )


def _state(market: Any, at: Any, place: int) -> None:
    world.rows("market.PredictionSnapshot").create(
        market=market,
        status=("open", "open", "paused", "open", "open")[place % 5] if place != 8 else "closed",
        prices_e6=[500_000 + place, 500_000 - place],
        best_bid_e6=place or None,
        liquidity_micros=None if place % 4 == 1 else place * DOLLAR,
        volume_24h_micros=place,
        knowable_at=at,
    )


def _define(market: Any, at: Any, *, ends: Any) -> None:
    world.rows("market.PredictionDefinition").create(
        market=market,
        question=f"{market.slug} anew",
        event_title="Bitcoin anew",
        outcomes=[["Up", "1"], ["Down", "2"], ["Ö", "3"]],
        ends_at=ends,
        knowable_at=at,
    )


def _figure(metric: str, kind: str, subject: str, at: Any, *, value: int, known: Any, **more: Any) -> None:
    world.rows("market.CapitalPoint").create(
        channel="capital_base",
        metric=metric,
        kind=kind,
        subject=subject,
        at=at,
        value_micros=value,
        source="defillama",
        knowable_at=known,
        **{"revision": 0, **more},
    )
