"""Writes one of everything that streams tell of an asset, and strategies that ask for them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.apps import apps as registry
from django.contrib.auth import get_user_model

from apps.clones import graph
from apps.clones.services.clones import create_clone
from apps.clones.services.entitlements import grant_entitlement
from apps.clones.services.strategies import publish, save_draft
from tests.decisions.world import BY, DOLLAR, NOW, write_market

EVERY_STREAM = tuple(graph.STREAMS)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MID = 123 * DOLLAR


def write_streams(*, end: Any = NOW, without: tuple[str, ...] = ()) -> Any:
    """BTC with something fresh to say in every stream at `end`, but for those named."""
    asset = write_market(end=end)
    for name, length in (("candles_1m", MINUTE), ("candles_1h", HOUR)):
        if name not in without:
            for place in range(30):
                write_bar(asset, length, close_at=end - place * length, price=MID - place * DOLLAR)
    if "candles_5m" in without:
        rows("market.Candle").filter(interval_ms=300_000).delete()
    writers = {
        "order_book": write_book,
        "positioning": write_context,
        "funding": write_funding,
        "predictions": write_prediction,
        "capital": write_capital,
    }
    for name, write in writers.items():
        if name not in without:
            write(asset, end)
    return asset


def rows(name: str) -> Any:
    """The rows of a model by its label."""
    return registry.get_model(name).objects


def write_bar(asset: Any, length: timedelta, *, close_at: Any, price: int) -> None:
    """One closed candle, two dollars high."""
    rows("market.Candle").create(
        asset=asset,
        interval_ms=length // timedelta(milliseconds=1),
        open_at=close_at - length,
        open_micros=price,
        high_micros=price + DOLLAR,
        low_micros=price - DOLLAR,
        close_micros=price,
        volume_micros=5 * DOLLAR,
        source="synthetic",
        knowable_at=close_at,
    )


def write_book(asset: Any, at: Any, *, levels: int = 20) -> Any:
    """A book of two sides around the mid."""
    return rows("market.BookSnapshot").create(
        asset=asset,
        at=at,
        bids=[[MID - (place + 1) * 10_000, 5_000] for place in range(levels)],
        asks=[[MID + (place + 1) * 10_000, 5_000] for place in range(levels)],
        source="synthetic",
        knowable_at=at,
    )


def write_context(asset: Any, at: Any) -> None:
    """Open interest now and an hour ago."""
    for ago, interest in ((timedelta(), 1_100 * DOLLAR), (HOUR, 1_000 * DOLLAR)):
        rows("market.AssetContext").create(
            asset=asset,
            at=at - ago,
            open_interest_micros=interest,
            day_notional_micros=DOLLAR,
            day_base_micros=2_000 * DOLLAR,
            premium_e10=1_000,
            source="synthetic",
            knowable_at=at - ago,
        )


def write_funding(asset: Any, at: Any) -> None:
    """Eighty hours of funding up to the last whole hour."""
    last = at.replace(minute=0, second=0, microsecond=0)
    for hours in range(80):
        hour = last - hours * HOUR
        rows("market.FundingRate").create(
            asset=asset, hour_at=hour, rate_e10=125_000 - hours, source="synthetic", knowable_at=hour
        )


def write_prediction(
    asset: Any, at: Any, *, name: str = "one", ends: timedelta = 5 * HOUR, **said: Any
) -> Any:
    """A prediction market that is linked to the asset."""
    market = rows("market.PredictionMarket").create(
        market_id=name, slug=name, source="polymarket", knowable_at=at
    )
    rows("market.PredictionDefinition").create(
        market=market,
        question=said.get("question", f"Will Bitcoin be higher ({name})?"),
        event_title="Bitcoin",
        outcomes=[["Yes", "1"], ["No", "2"]],
        ends_at=at + ends,
        knowable_at=at,
    )
    rows("market.PredictionSnapshot").create(
        market=market, status="open", prices_e6=[600_000, 400_000], liquidity_micros=DOLLAR, knowable_at=at
    )
    rows("market.PredictionLink").create(
        market=market, asset=asset, method="name", confidence_bps=9_000, knowable_at=at
    )
    return market


def write_capital(asset: Any, at: Any) -> None:
    """Locked value of the asset's chain and of everything, over two days."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for kind, subject in (("global", "all"), ("chain", "Bitcoin")):
        for ago, value in ((0, 110), (1, 100)):
            rows("market.CapitalPoint").create(
                channel="capital_base",
                metric="tvl",
                kind=kind,
                subject=subject,
                at=day - timedelta(days=ago),
                revision=0,
                value_micros=value * DOLLAR,
                source="defillama",
                knowable_at=day - timedelta(days=ago),
            )


def strategy(modes: Mapping[str, str], *, engine: str = "rules", cadence_minutes: int = 5) -> dict[str, Any]:
    """A graph of one prompt about BTC that names these streams, each with its mode."""
    prompt: dict[str, Any] = {
        "id": "prompt",
        "kind": "trading_prompt",
        "engine": engine,
        "strategy": "trend",
        "cadenceMinutes": cadence_minutes,
        "behaviour": "Follow the trend.",
    }
    nodes = [
        {"id": name, "kind": "data_stream", "stream": name, "mode": mode} for name, mode in modes.items()
    ]
    return {
        "nodes": [*nodes, {"id": "asset", "kind": "asset", "symbol": "BTC"}, prompt],
        "edges": [*({"from": name, "to": "asset"} for name in modes), {"from": "asset", "to": "prompt"}],
    }


def make_reader(modes: Mapping[str, str], *, strength: str = "frontier", name: str = "Reader") -> Any:
    """A published version that reads these streams with a model of that strength."""
    owner, _ = get_user_model().objects.get_or_create(username="owner")
    clone = create_clone(owner=owner, name=name, by=BY, now=NOW)
    grant_entitlement(
        clone=clone,
        tier="pro",
        model_strength=strength,
        is_mock=False,
        source=f"test:{name}",
        by=BY,
        now=NOW,
    )
    save_draft(clone=clone, document=strategy(modes), by=BY, now=NOW)
    return publish(clone=clone, by=BY, now=NOW)
