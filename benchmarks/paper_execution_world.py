"""The market, the accounts and the proposed actions of the execution benchmark; the same arguments give the same rows."""

from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from django.apps import apps as registry
from django.contrib.auth import get_user_model

from apps.clones import queries as clones
from apps.clones.graph.basic import basic
from apps.clones.services.clones import create_clone
from apps.clones.services.strategies import publish
from apps.exchange.types import Policy
from apps.operations.types import Actor
from apps.trading.models import Order
from apps.trading.services import execution
from apps.trading.services.accounts import open_account

DOLLAR = 1_000_000
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SYMBOLS = ("AVAX", "BNB", "BTC", "DOGE", "ETH", "HYPE", "LINK", "SOL", "SUI", "XRP")
HELD = SYMBOLS[:3]
BY = Actor.system("benchmarks.paper-execution")


class World:
    """Ten assets with prices and books, accounts that hold three of them, and as many actions as asked for."""

    def __init__(self, accounts: int) -> None:
        self.now = NOW
        self._random, self._places = Random(7), count()
        make_market()
        user = get_user_model().objects.create(username="owner")
        clone = create_clone(owner=user, name="Ada", by=BY, now=NOW, document=basic(assets=["BTC"]))
        publish(clone=clone, by=BY, now=NOW)
        self._version = clones.active_version(clone)
        policy = Policy(allowed_symbols=SYMBOLS, max_price_age_ms=60_000, max_actions_per_window=10**6)
        self._accounts = [
            open_account(
                clone=clone,
                purpose="demonstration",
                policy=policy,
                starting_micros=100_000 * DOLLAR,
                by=BY,
                now=NOW,
            )
            for _ in range(accounts)
        ]
        for symbol in HELD:
            actions = self._write([(account, "open", symbol, 2_000, 5) for account in self._accounts])
            for first in range(0, len(actions), 500):
                execution.execute_group(actions=actions[first : first + 500], now=NOW)

    def propose(self, number: int) -> list[Any]:
        """So many actions of completed runs: seven in ten open, two reduce, one asks for too much leverage."""
        asked = []
        for _ in range(number):
            kind = self._random.choice(("open",) * 7 + ("reduce",) * 2 + ("denied",))
            leverage = 40 if kind == "denied" else 5
            symbol = self._random.choice(HELD if kind == "reduce" else SYMBOLS)
            dollars = self._random.randint(20, 60)
            account = self._random.choice(self._accounts)
            asked.append((account, "reduce" if kind == "reduce" else "open", symbol, dollars, leverage))
        return self._write(asked)

    def count_orders(self) -> int:
        """How many orders there are."""
        return Order.objects.count()

    def _write(self, asked: list[tuple[Any, str, str, int, int]]) -> list[Any]:
        run_model = registry.get_model("decisions.DecisionRun")
        action_model = registry.get_model("decisions.ProposedAction")
        places = [next(self._places) for _ in asked]
        runs = run_model.objects.bulk_create(
            [
                run_model(
                    subject=account.public_id,
                    version=self._version,
                    prompt_key=f"p{place}",
                    symbol=symbol,
                    slot_at=NOW,
                    slot_ends_at=NOW + timedelta(minutes=5),
                    status="completed",
                    requested_by="benchmark",
                    created_at=NOW,
                    engine="rules",
                    decided_at=NOW,
                    sequence=place + 1,
                )
                for place, (account, _, symbol, _, _) in zip(places, asked, strict=True)
            ],
            batch_size=500,
        )
        return action_model.objects.bulk_create(
            [
                action_model(
                    run=run,
                    index=0,
                    kind=kind,
                    symbol=symbol,
                    side=1 if kind == "open" else None,
                    notional_micros=dollars * DOLLAR,
                    leverage=leverage,
                    reason="benchmark",
                )
                for run, (_, kind, symbol, dollars, leverage) in zip(runs, asked, strict=True)
            ],
            batch_size=500,
        )


def make_market() -> None:
    """Assets of ten dollars to a thousand, each with a price and a book of ten levels a side."""
    asset_model, quote_model, book_model = (
        registry.get_model(f"market.{name}") for name in ("Asset", "Quote", "BookSnapshot")
    )
    for place, symbol in enumerate(SYMBOLS):
        price = (10 + 110 * place) * DOLLAR
        asset = asset_model.objects.create(
            symbol=symbol, size_decimals=3, max_leverage=20, source="synthetic", created_at=NOW
        )
        quote_model.objects.create(
            asset=asset,
            at=NOW,
            mark_micros=price,
            oracle_micros=price,
            mid_micros=price,
            funding_rate_e10=0,
            source="synthetic",
            knowable_at=NOW,
        )
        tick = price // 10_000
        book_model.objects.create(
            asset=asset,
            at=NOW,
            bids=[[price - tick * level, 10**9] for level in range(1, 11)],
            asks=[[price + tick * level, 10**9] for level in range(1, 11)],
            source="synthetic",
            knowable_at=NOW,
        )
