"""The whole context of a model's decision, cold and shared, at every depth, beside ORM and pandas: one JSON line."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.decision_context_orm import LENGTHS_MS, by_orm  # noqa: E402 - a script finds the project first
from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - as above

INSIDE = "PUMPPARTY_BENCHMARK"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
SYMBOLS = ["BTC", "ETH", "SOL", "AVAX", "ARB", "DOGE", "LINK", "SUI", "APT", "BNB"]
STRENGTHS = ("light", "standard", "frontier")
PREDICTIONS = 30
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candles", type=int, default=4_000, help="stored candles of each length and asset")
    parser.add_argument("--rounds", type=int, default=9, help="how often every variant takes its turn")
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options.candles, options.rounds)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def measure(candles: int, rounds: int) -> dict[str, Any]:
    """Time every variant in turn over a small store, then over the whole one; times are of one decision."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    store_streams()
    small = max(250, candles // 10)
    store_candles(0, small)
    before = take_turns(variants(), rounds)
    store_candles(small, candles)
    work = variants()
    after = take_turns(work, rounds)
    slowest = after["ormPandas"]
    return {
        "benchmark": "decision_context",
        "database": connection.vendor,
        "assets": len(SYMBOLS),
        "storedCandles": candles * len(LENGTHS_MS) * len(SYMBOLS),
        "millisecondsADecision": {name: round(seconds * 1e3, 4) for name, seconds in after.items()},
        "fasterThanOrmPandas": {name: round(slowest / seconds, 1) for name, seconds in after.items()},
        "growthExponent": {
            name: round(math.log(seconds / before[name]) / math.log(candles / small), 3)
            for name, seconds in after.items()
        },
        "tenThousandSharedSeconds": {
            strength: round(after[f"{strength}Shared"] * 10_000, 2) for strength in STRENGTHS
        },
        "tokens": {strength: tokens(strength) for strength in STRENGTHS},
    }


def take_turns(work: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median seconds that a decision takes in each variant; fast ones are repeated within their turn."""
    from django.db import connection

    # A database within the process is measured by the processor's time, which other programs do not lengthen.
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    taken: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(rounds + 1):
        for name, run in work.items():
            repeats = 20 if name.endswith("Shared") else 1
            began = clock()
            for _ in range(repeats):
                run()
            if turn:
                taken[name].append((clock() - began) / repeats / len(SYMBOLS))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def variants() -> dict[str, Callable[[], Any]]:
    """What takes turns: each makes the contexts of all assets at one moment.

    Cold: nothing is kept. NewBoard: the process has seen the candles before, the moment is new. Shared: the moment's
    board has them. ORM and pandas read and derive all that the deepest packet tells, as one would write it.
    """
    from apps.market.queries import MarketBoard, windows

    work: dict[str, Callable[[], Any]] = {"ormPandas": lambda: [by_orm(symbol, NOW) for symbol in SYMBOLS]}
    for strength in STRENGTHS:
        board = MarketBoard(NOW)

        def cold(strength: str = strength) -> Any:
            windows.forget()
            return contexts(MarketBoard(NOW), strength)

        work[f"{strength}Cold"] = cold
        work[f"{strength}NewBoard"] = lambda strength=strength: contexts(MarketBoard(NOW), strength)
        work[f"{strength}Shared"] = lambda strength=strength, board=board: contexts(board, strength)
    shared = MarketBoard(NOW)
    work["rulesShared"] = lambda: contexts(shared, "")
    check(work["frontierShared"](), work["ormPandas"]())
    return work


def contexts(board: Any, strength: str) -> list[Any]:
    """The sealed packets of all assets; the house engines' where no strength is named."""
    from apps.clones.graph.streams import STREAMS
    from apps.clones.graph.types import CompiledPrompt, StreamUse
    from apps.decisions.services.context import Reading, build_context
    from apps.exchange.types import AccountState, Policy

    account = AccountState(status="active", cash_micros=100_000_000_000)
    uses = tuple(StreamUse(stream, "standard") for stream in STREAMS)
    words = "Follow the trend on the hourly candles, buy pullbacks to the mean. " * 8
    prompt = CompiledPrompt("p", "P", "model", "trend", 5, True, words, tuple(SYMBOLS), {})
    return [
        build_context(
            prompt=prompt,
            symbol=symbol,
            slot_at=NOW,
            account=account,
            policy=Policy(max_price_age_ms=10**9),
            board=board,
            reading=Reading(uses, strength) if strength else None,
        )
        for symbol in SYMBOLS
    ]


def check(packets: list[Any], by_others: list[dict[str, Any]]) -> None:
    """Stop unless the deepest packets have every stream, whole, and tell what ORM and pandas tell."""
    for packet, told in zip(packets, by_others, strict=True):
        found = packet.streams
        if packet.shed or found.missing or len(found.candles) != len(LENGTHS_MS):
            raise SystemExit(f"the packet of {packet.symbol} is not whole: {packet.shed} {found.missing}")
        bars = {fact.interval_ms: told[f"bars{fact.interval_ms}"] for fact in found.candles}
        pairs = [
            ([fact.close_micros for fact in packet.closes], [row[1] for row in told["closes"]]),
            ([fact.question for fact in found.predictions], [row[0] for row in told["predictions"]]),
            ([fact.prices_e6 for fact in found.predictions], [tuple(row[3]) for row in told["predictions"]]),
            (
                [(fact.metric, fact.value_micros, fact.change_7d_bps) for fact in found.capital],
                [(row[0], row[3], row[5]) for row in told["capital"]],
            ),
            (list(found.funding.rates_e10), told["funding"]),
            (list(found.order_book.bids), [tuple(level) for level in told["bids"]]),
            *(
                (list(fact.close_micros), [row[3] for row in bars[fact.interval_ms]["bars"]])
                for fact in found.candles
            ),
        ]
        near = [
            (found.positioning.funding_z_e4 / 1e4, told["fundingScore"]),
            (found.liquidity.depths[2].ask_micros, told["depths"][5]),
            (found.liquidity.costs[0].buy_micros, told["costs"][2]),
            *((fact.sma_20_micros, bars[fact.interval_ms]["six"][1]) for fact in found.indicators),
            *(
                (fact.realised_100_e6 / 1e6, bars[fact.interval_ms]["volatility"][1])
                for fact in found.volatility
            ),
            *(
                (fact.parkinson_20_e6 / 1e6, bars[fact.interval_ms]["volatility"][3])
                for fact in found.volatility
            ),
        ]
        for ours, theirs in pairs:
            if ours != theirs:
                raise SystemExit(f"{packet.symbol}: {ours} where the ORM gives {theirs}")
        for one, other in near:
            if not math.isclose(one, other, rel_tol=1e-2):
                raise SystemExit(f"{packet.symbol}: {one} where pandas gives {other}")


def tokens(strength: str) -> dict[str, int]:
    """The largest packet and prompt of a preset in tokens (bytes by three), what stands at the start, and the budget."""
    from apps.decisions.engine.presets import preset_for
    from apps.decisions.engine.prompt import assemble
    from apps.decisions.engine.shedding import estimate, seals_of
    from apps.market.queries import MarketBoard

    packets = contexts(MarketBoard(NOW), strength)
    prompts = [assemble(packet) for packet in packets]
    texts = [[len(message.text.encode()) for message in prompt.messages] for prompt in prompts]
    return {
        "packet": max(estimate(seals_of(packet, {})) for packet in packets),
        "prompt": max(-(-sum(lengths) // 3) for lengths in texts),
        "promptSystemPart": max(-(-lengths[0] // 3) for lengths in texts),
        "budget": preset_for(strength).budget_tokens,
    }


def store_candles(first: int, last: int) -> None:
    """Add candles that end at the moment, counted backwards from one number of each length to another."""
    from django.db import connection

    from apps.market.models import Asset, Candle

    for place, asset in enumerate(Asset.objects.order_by("pk")):
        for length in LENGTHS_MS:
            random, price, rows, span = (
                Random(place * 10**6 + first + length),
                95_000_000_000 // (place + 1),
                [],
                timedelta(milliseconds=length),
            )
            for number in range(first, last):
                price = max(1_000_000, int(price * (1 + random.gauss(0, 8e-4))))
                at = NOW - (number + 1) * span
                rows.append(
                    Candle(
                        asset=asset,
                        interval_ms=length,
                        open_at=at,
                        open_micros=price,
                        high_micros=price + 1_000_000,
                        low_micros=price - 900_000,
                        close_micros=price + random.randint(-500_000, 500_000),
                        volume_micros=random.randint(1, 10**9),
                        source="synthetic",
                        knowable_at=at + span,
                    )
                )
            Candle.objects.bulk_create(rows, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def store_streams() -> None:
    """A price, a book, a day of positioning, a week of funding, prediction markets and capital for every asset."""
    from apps.market.models import Asset, AssetContext, BookSnapshot, CapitalPoint, FundingRate, Quote

    for place, symbol in enumerate(SYMBOLS):
        asset = Asset.objects.create(
            symbol=symbol, size_decimals=4, max_leverage=20, source="synthetic", created_at=NOW - 90 * DAY
        )
        price, known = 95_000_000_000 // (place + 1), {"asset": asset, "source": "synthetic"}
        prices = {"mark_micros": price, "oracle_micros": price, "mid_micros": price}
        Quote.objects.create(**known, **prices, at=NOW, knowable_at=NOW)
        sides = {
            "bids": [[price - (1 + step) * 500_000, 12_345 + step] for step in range(20)],
            "asks": [[price + (1 + step) * 500_000, 12_345 + step] for step in range(20)],
        }
        BookSnapshot.objects.create(**known, **sides, at=NOW, knowable_at=NOW)
        contexts_ = [
            AssetContext(
                **known,
                at=NOW - number * MINUTE,
                open_interest_micros=31_415_926_535 + number,
                day_notional_micros=10**15,
                day_base_micros=10**11,
                premium_e10=-41_000,
                knowable_at=NOW - number * MINUTE,
            )
            for number in range(1_500)
        ]
        AssetContext.objects.bulk_create(contexts_)
        rates = [
            FundingRate(
                **known,
                hour_at=NOW - hour * HOUR,
                rate_e10=125_000 - 40 * hour,
                knowable_at=NOW - hour * HOUR,
            )
            for hour in range(170)
        ]
        FundingRate.objects.bulk_create(rates)
        store_predictions(asset, place)
    points = [
        CapitalPoint(
            channel="capital_base",
            metric=metric,
            kind=kind,
            subject=subject,
            at=NOW - ago * DAY,
            revision=0,
            value_micros=10**15 + ago,
            source="defillama",
            knowable_at=NOW - ago * DAY,
        )
        for metric in (
            "tvl",
            "stablecoin_supply",
            "dex_volume_24h",
            "fees_24h",
            "revenue_24h",
            "open_interest",
        )
        for kind, subject in (("global", "all"), ("chain", "Bitcoin"), ("chain", "Ethereum"))
        for ago in range(9)
    ]
    CapitalPoint.objects.bulk_create(points)


def store_predictions(asset: Any, place: int) -> None:
    """Prediction markets about one asset, half of which end soon, each with some states."""
    from apps.market.models import PredictionDefinition, PredictionLink, PredictionMarket, PredictionSnapshot

    for number in range(PREDICTIONS):
        since = NOW - DAY
        market = PredictionMarket.objects.create(
            market_id=f"{place}-{number}", slug=f"{place}-{number}", source="polymarket", knowable_at=since
        )
        PredictionDefinition.objects.create(
            market=market,
            question=f"Will {asset.symbol} close above ${90_000 + number * 500} by the end of the week?",
            event_title=f"{asset.symbol} this week",
            outcomes=[["Yes", "1"], ["No", "2"]],
            ends_at=NOW + (number + 1) * 4 * HOUR,
            knowable_at=since,
        )
        PredictionSnapshot.objects.bulk_create(
            PredictionSnapshot(
                market=market,
                status="open",
                prices_e6=[600_000 - step, 400_000 + step],
                best_bid_e6=599_000,
                best_ask_e6=601_000,
                liquidity_micros=10**10 + number,
                volume_24h_micros=10**9,
                knowable_at=NOW - step * 5 * MINUTE,
            )
            for step in range(20)
        )
        PredictionLink.objects.create(
            market=market, asset=asset, method="name", confidence_bps=9_000, knowable_at=since
        )


if __name__ == "__main__":
    sys.exit(main())
