"""The bytes of whole contexts over one written history stay what they were, however their streams are read."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clones.graph.types import CompiledPrompt, StreamUse
from apps.decisions.engine.document import document_digest, to_document
from apps.decisions.services.context import Reading, build_context
from apps.market.queries import MarketBoard
from tests.decisions import streams_world as world
from tests.decisions.packets import TRUTH
from tests.decisions.world import ACCOUNT, DOLLAR, NOW

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PROMPT = CompiledPrompt("prompt", "Prompt", "model", "trend", 5, True, "Buy dips.", ("BTC",), {})
DIGESTS = {
    "light": "968c96aa1ec5d6e263308d6703bafb194cba4a2e81be52e0f7b100488a358545",
    "standard": "7ebbc4b75b787b19ceb0b1650dc5ae2589af9f451bb536d377b9bb903669151f",
    "frontier": "71292808a6472a44a409c6d73f55b0ee2303ee4d3bed0425473f038a21b3c9ae",
}
"""Of the same history, taken when every stream was still read by the ORM."""


@pytest.mark.parametrize("strength", DIGESTS)
def test_the_bytes_of_a_context_do_not_depend_on_how_it_is_read(strength: str) -> None:
    write_history()
    reading = Reading(
        tuple(StreamUse(name, "standard") for name in world.EVERY_STREAM), strength, lambda: TRUTH
    )
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
    # Keys of rows are the database's own.
    document["quote"]["reference"] = document["streams"]["order_book"]["reference"] = "stored"
    assert document_digest(document) == DIGESTS[strength]


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
