"""Writes the small world that tests of decisions need: a market, a clone with a published version."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps as registry
from django.contrib.auth import get_user_model

from apps.clones import graph
from apps.clones.services.clones import create_clone
from apps.clones.services.strategies import publish
from apps.decisions.engine.types import AccountTruth
from apps.decisions.services.standing import ReadStanding, Standing
from apps.exchange.types import AccountState, Policy
from apps.market.queries import MarketBoard
from apps.operations.audit import Actor

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BY = Actor.system("tests.decisions")
DOLLAR = 1_000_000
ACCOUNT = AccountState(status="active", cash_micros=100_000 * DOLLAR)
BAR = timedelta(minutes=5)


def stands(
    account: AccountState = ACCOUNT,
    policy: Policy | None = None,
    truth: Callable[[], AccountTruth] | None = None,
) -> ReadStanding:
    """A way to read a subject that always stands like this; `truth` is called where its books are asked for."""

    def read(board: MarketBoard, *, books: bool) -> Standing:
        return Standing(account, policy, truth() if books and truth is not None else None)

    return read


def write_candle(
    asset: Any, *, close_at: datetime, price_micros: int, knowable_at: datetime | None = None
) -> Any:
    """One closed 5-minute candle, flat at its price."""
    return registry.get_model("market.Candle").objects.create(
        asset=asset,
        interval_ms=300_000,
        open_at=close_at - BAR,
        open_micros=price_micros,
        high_micros=price_micros,
        low_micros=price_micros,
        close_micros=price_micros,
        volume_micros=DOLLAR,
        source="synthetic",
        knowable_at=knowable_at or close_at,
    )


def write_quote(asset: Any, *, at: datetime, price_micros: int, knowable_at: datetime | None = None) -> Any:
    """One stored price."""
    return registry.get_model("market.Quote").objects.create(
        asset=asset,
        at=at,
        mark_micros=price_micros,
        oracle_micros=price_micros,
        mid_micros=price_micros,
        source="synthetic",
        knowable_at=knowable_at or at,
    )


def write_market(
    symbol: str = "BTC", *, end: datetime = NOW, count: int = 24, step_micros: int = DOLLAR
) -> Any:
    """An asset whose closes climb by `step_micros` up to `end`, with a price at every close."""
    asset, _ = registry.get_model("market.Asset").objects.get_or_create(
        symbol=symbol,
        defaults={
            "size_decimals": 4,
            "max_leverage": 20,
            "margin_tiers": [],
            "source": "synthetic",
            "base_interval_ms": 300_000,
            "created_at": NOW,
        },
    )
    for place in range(count):
        close_at = end - BAR * (count - 1 - place)
        price = 100 * DOLLAR + place * step_micros
        write_candle(asset, close_at=close_at, price_micros=price)
        write_quote(asset, at=close_at, price_micros=price)
    return asset


def make_version(name: str = "Trader", *, engine: str = "rules", assets: tuple[str, ...] = ("BTC",)) -> Any:
    """A published version of a fresh clone whose one prompt asks `engine` about `assets` every 5 minutes."""
    owner, _ = get_user_model().objects.get_or_create(username="owner")
    document = graph.basic(assets=list(assets), engine=engine)
    clone = create_clone(owner=owner, name=name, by=BY, now=NOW, document=document)
    return publish(clone=clone, by=BY, now=NOW)
