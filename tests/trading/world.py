"""A small world for the tests of trading: assets with prices, a published clone, accounts and actions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps as registry
from django.contrib.auth import get_user_model

from apps.clones import queries as clones
from apps.clones.graph.basic import basic
from apps.clones.services.clones import create_clone
from apps.clones.services.strategies import publish
from apps.exchange.types import Policy
from apps.operations.types import Actor
from apps.trading.models import PropAccount
from apps.trading.services.accounts import open_account

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DOLLAR = 1_000_000
START = 100_000 * DOLLAR
BY = Actor.system("tests.trading")
MINUTE = timedelta(minutes=1)


def make_asset(symbol: str = "BTC", *, size_decimals: int = 4) -> Any:
    """An asset row."""
    asset, _ = registry.get_model("market.Asset").objects.get_or_create(
        symbol=symbol,
        defaults={
            "size_decimals": size_decimals,
            "max_leverage": 20,
            "margin_tiers": [],
            "source": "synthetic",
            "created_at": NOW,
        },
    )
    return asset


def put_quote(
    symbol: str = "BTC", *, dollars: int, at: datetime = NOW, rate_e10: int = 0, oracle: int | None = None
) -> Any:
    """A stored price in whole dollars, knowable at once."""
    return registry.get_model("market.Quote").objects.create(
        asset=make_asset(symbol),
        at=at,
        mark_micros=dollars * DOLLAR,
        oracle_micros=(oracle or dollars) * DOLLAR,
        mid_micros=dollars * DOLLAR,
        funding_rate_e10=rate_e10,
        source="synthetic",
        knowable_at=at,
    )


def put_candles(symbol: str = "BTC", *, end: datetime = NOW, count: int = 60, first: int = 100) -> None:
    """Closed five-minute candles that rise by a dollar each, the last one closed at `end`."""
    candle = registry.get_model("market.Candle")
    step = timedelta(minutes=5)
    for place in range(count):
        price = (first + place) * DOLLAR
        open_at = end - step * (count - place)
        candle.objects.create(
            asset=make_asset(symbol),
            interval_ms=300_000,
            open_at=open_at,
            open_micros=price,
            high_micros=price,
            low_micros=price,
            close_micros=price,
            volume_micros=DOLLAR,
            source="synthetic",
            knowable_at=open_at + step,
        )


def make_clone(name: str = "Ada", *, assets: tuple[str, ...] = ("BTC",), engine: str = "rules") -> Any:
    """A clone with a published trend strategy that decides every five minutes."""
    user, _ = get_user_model().objects.get_or_create(username="owner")
    clone = create_clone(
        owner=user, name=name, by=BY, now=NOW, document=basic(assets=list(assets), engine=engine)
    )
    publish(clone=clone, by=BY, now=NOW)
    return clone


def policy(**changes: Any) -> Policy:
    """A roomy policy; `changes` are its fields."""
    fields = {"allowed_symbols": ("BTC", "ETH"), "max_price_age_ms": 60_000, "max_drawdown_bps": 9_000}
    return Policy(**{**fields, **changes})


def make_account(clone: Any = None, *, now: datetime = NOW, **changes: Any) -> PropAccount:
    """An active account of $100,000; `changes` are fields of its policy."""
    return open_account(
        clone=clone or make_clone(),
        purpose="demonstration",
        policy=policy(**changes),
        starting_micros=START,
        by=BY,
        now=now,
    )


def propose_action(account: PropAccount, kind: str = "open", *, now: datetime = NOW, **fields: Any) -> Any:
    """A completed decision run with one action; further calls in one slot use further prompt keys."""
    runs = registry.get_model("decisions.DecisionRun").objects
    count = runs.filter(subject=account.public_id).count()
    symbol = fields.pop("symbol", "BTC")
    run = runs.create(
        subject=account.public_id,
        version=clones.active_version(account.clone),
        prompt_key=f"p{count}",
        symbol=symbol,
        slot_at=now,
        slot_ends_at=now + 5 * MINUTE,
        status="completed",
        requested_by="tests",
        created_at=now,
        engine="rules",
        decided_at=now,
        sequence=count + 1,
    )
    registry.get_model("decisions.DecisionHead").objects.update_or_create(
        subject=account.public_id, defaults={"sequence": run.sequence, "digest": run.record_digest}
    )
    return add_action(run, kind, **fields)


def add_action(run: Any, kind: str = "open", *, index: int = 0, **fields: Any) -> Any:
    """One proposed action of a run: $10,000 long at leverage 5 unless `fields` say otherwise."""
    values: dict[str, Any] = {"side": 1, "leverage": 5, "reason": "test"}
    if kind == "open" and "size_lots" not in fields:
        values["notional_micros"] = 10_000 * DOLLAR
    return registry.get_model("decisions.ProposedAction").objects.create(
        run=run, index=index, kind=kind, symbol=run.symbol, **{**values, **fields}
    )
