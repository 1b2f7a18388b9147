"""Context packets with everything in them, made by hand: streams, books, and words of strangers."""

from dataclasses import replace
from typing import Any

from apps.decisions.engine.document import seal
from apps.decisions.engine.stream_facts import (
    BookFact,
    CandleFact,
    CapitalFact,
    CostFact,
    DepthFact,
    FundingFact,
    IndicatorFact,
    LiquidityFact,
    MissingFact,
    PositioningFact,
    PredictionFact,
    StreamFacts,
    VolatilityFact,
)
from apps.decisions.engine.truth import AccountTruth, ExitTruth, FillTruth, PositionTruth
from apps.decisions.engine.types import ContextPacket, PositionFact
from tests.decisions.engine.conftest import BAR_MS, DOLLAR, START_MS, build_packet

COUNT = 40
NOW_MS = START_MS + COUNT * BAR_MS
CLOSES = [100_000 * DOLLAR + place * 123_456_789 for place in range(COUNT)]
ETH = PositionFact("ETH", -50_000, -2_500 * DOLLAR, 3, 2_600 * DOLLAR)
TRUTH = AccountTruth(
    at_ms=NOW_MS,
    taker_fee_rate_e10=4_500_000,
    maker_fee_rate_e10=1_500_000,
    fees_paid_micros=12_345_678,
    funding_paid_micros=-1_500_000,
    realized_micros=250 * DOLLAR,
    unrealized_micros=-100 * DOLLAR,
    margin_used_micros=866_666_667,
    free_margin_micros=99_133_333_333,
    maintenance_micros=52 * DOLLAR,
    positions=(
        PositionTruth(
            symbol="ETH",
            side=-1,
            entry_price_micros=2_500 * DOLLAR,
            mark_micros=2_600 * DOLLAR,
            unrealized_micros=-100 * DOLLAR,
            leverage=3,
            is_isolated=True,
            margin_micros=833_333_333,
            maintenance_micros=52 * DOLLAR,
            liquidation_price_micros=3_267_973_856,
            funding_paid_micros=-1_500_000,
            own_funding_micros=-250_000,
        ),
    ),
    exits=(
        ExitTruth("ETH", "stop", -1, 2_700 * DOLLAR, 0, 0, 0, NOW_MS - BAR_MS),
        ExitTruth("ETH", "trailing", -1, 0, 150, 2_450 * DOLLAR, 0, NOW_MS - BAR_MS),
        ExitTruth("ETH", "time", -1, 0, 0, 0, NOW_MS + BAR_MS, NOW_MS - BAR_MS),
    ),
    fills=(
        FillTruth(NOW_MS - BAR_MS, "ETH", -1, 50_000, 2_500 * DOLLAR, 2_500 * DOLLAR, 1_125_000, 0, "action"),
    ),
)


def candles(interval_ms: int = BAR_MS, **changes: Any) -> CandleFact:
    """Forty candles without a gap, flat at the packet's closes."""
    columns = dict.fromkeys(("open_micros", "high_micros", "low_micros", "close_micros"), tuple(CLOSES))
    fields: dict[str, Any] = {
        "interval_ms": interval_ms,
        "last_close_at_ms": NOW_MS,
        "back": (),
        **columns,
        "volume_micros": (1_500_000,) * COUNT,
        "knowable_at_ms": NOW_MS,
        "age_ms": 0,
    }
    return CandleFact(**{**fields, **changes})


def prediction(
    question: str = "Will Bitcoin close above $120,000 on Friday?", **changes: Any
) -> PredictionFact:
    """A prediction market of two outcomes."""
    fields: dict[str, Any] = {
        "source": "polymarket",
        "market_id": "512329",
        "question": question,
        "event_title": "Bitcoin on Friday",
        "outcomes": ("Yes", "No"),
        "prices_e6": (625_000, 375_000),
        "best_bid_e6": 620_000,
        "best_ask_e6": None,
        "liquidity_micros": 12_345_670_000,
        "volume_24h_micros": None,
        "status": "open",
        "ends_at_ms": NOW_MS + 24 * 3_600_000,
        "confidence_bps": 9_000,
        "knowable_at_ms": NOW_MS - 12_000,
        "age_ms": 12_000,
    }
    return PredictionFact(**{**fields, **changes})


def streams(**changes: Any) -> StreamFacts:
    """Every stream there is, each with something to say and something unknown."""
    then = {"knowable_at_ms": NOW_MS, "age_ms": 1_500}
    fields: dict[str, Any] = {
        "candles": (candles(), candles(60_000)),
        "indicators": (
            IndicatorFact(BAR_MS, 56_200_000, CLOSES[-1], None, None, None, -12_500_000_000, 1, None, **then),
        ),
        "volatility": (VolatilityFact(BAR_MS, 1_234, None, 4_321, 1_111, 250_000_000_000, **then),),
        "funding": FundingFact(NOW_MS - BAR_MS, (125_000, -37_500), **then),
        "positioning": PositioningFact(
            31_415_926, 12, -250, 31_000, -41_000, 125_000, 99_000, -12_345, **then
        ),
        "order_book": BookFact(
            ((CLOSES[-1], 12), (CLOSES[-2], 9)),
            ((CLOSES[-1] + DOLLAR, 3),),
            "book:1",
            **then,
            size_decimals=5,
        ),
        "liquidity": LiquidityFact(
            CLOSES[-1],
            105,
            -1_250,
            (DepthFact(10, 5 * DOLLAR, 6 * DOLLAR, False), DepthFact(50, 50 * DOLLAR, 60 * DOLLAR, True)),
            (CostFact(10_000 * DOLLAR, 2_500_000, None),),
            **then,
        ),
        "predictions": (prediction(), prediction("Will Bitcoin fall?")),
        "capital": (
            CapitalFact("stablecoin_supply", "chain", "Bitcoin", 10**15, -12, None, True, **then),
            CapitalFact("tvl", "protocol", "Aave", 10**14, 5, 77, False, **then),
        ),
        "missing": (MissingFact("candles_1h", "missing"),),
    }
    return StreamFacts(**{**fields, **changes})


def rich_packet(
    *, symbol: str = "BTC", behaviour: str = "Buy dips below the mean.\nNever more than 2x.", **changes: Any
) -> ContextPacket:
    """A sealed packet with all that a packet can have; `changes` are its fields."""
    plain = build_packet(CLOSES, others=(ETH,))
    fields: dict[str, Any] = {
        "symbol": symbol,
        "prompt": replace(plain.prompt, behaviour=behaviour),
        "streams": streams(),
        "truth": TRUTH,
        "strength": "frontier",
        "depth": "deep",
        "shed": ("capital", "prediction markets beyond 3"),
    }
    return seal(replace(plain, **{**fields, **changes}))


def packet_of_before(**changes: Any) -> ContextPacket:
    """The rich packet as it was before it told how large a lot is and what a position itself paid in funding."""
    book = streams().order_book
    assert book is not None
    (held,) = TRUTH.positions
    then = {
        "streams": streams(order_book=replace(book, size_decimals=None)),
        "truth": replace(TRUTH, positions=(replace(held, own_funding_micros=None),)),
    }
    return rich_packet(**{**then, **changes})
