"""Random schedules on random tapes: every kind of order, exits, gaps, missing prices, funding, several days."""

import random

from apps.exchange.replay import Prices, Schedule
from apps.exchange.types import ActionKind, OrderIntent, Side
from tests.exchange.world import DOLLAR, NOW, PRICES


def random_prices(dice: random.Random, start: int, steps: int, *, wild: float) -> Prices:
    """A walk with jumps, an oracle and a mid near the mark, a funding rate, and now and then no price at all."""
    mark, rows = start, []
    for _ in range(steps):
        width = 0.2 if dice.random() < wild else 0.01
        mark = max(2_000, int(mark * (1 + dice.uniform(-width, width))))
        shown = 0 if dice.random() < 0.02 else mark
        near = [max(1, int(mark * (1 + dice.uniform(-0.004, 0.004)))) for _ in range(2)]
        rate = (
            dice.randint(-400_000_000, 400_000_000) if dice.random() < 0.1 else dice.randint(-(10**6), 10**6)
        )
        rows.append((shown, *near, rate))
    return Prices(*([row[column] for row in rows] for column in range(4)))


def random_intent(dice: random.Random, marks: dict[str, int]) -> OrderIntent:
    """Any kind of intent, mostly one that could be executed."""
    kind = dice.choice([ActionKind.OPEN] * 6 + [ActionKind.FLIP, ActionKind.REDUCE] + list(ActionKind))
    symbol, side = dice.choice(sorted(marks)), dice.choice(list(Side))
    level = int(marks[symbol] * dice.choice((0.9, 0.97, 1.03, 1.1)))
    return OrderIntent(
        kind,
        symbol,
        side,
        notional_micros=dice.choice(
            (0, 5 * DOLLAR, dice.randint(10, 200_000) * DOLLAR + dice.randint(0, 999_999))
        ),
        size_lots=0 if dice.random() < 0.9 else dice.randint(1, 10**6),
        leverage=dice.choice((1, 3, 5, 10, 20, 41)),
        reduce_only=dice.random() < 0.08,
        is_isolated=dice.random() < 0.4,
        stop_micros=level if dice.random() < 0.25 else 0,
        trail_bps=dice.choice((100, 500, 10_000)) if dice.random() < 0.2 else 0,
        target_micros=level if dice.random() < 0.2 else 0,
        hold_ms=dice.choice((1, 10**6, 10**8)) if dice.random() < 0.2 else 0,
    )


def random_schedule(seed: int, *, steps: int, orders: int) -> Schedule:
    """A schedule that the seed determines; steps are minutes to hours apart."""
    dice = random.Random(seed)
    wild = dice.choice((0.0, 0.02, 0.1))
    gap = dice.choice((10_000, 300_000, 3_600_000, 40_000_000))
    prices = {symbol: random_prices(dice, start, steps, wild=wild) for symbol, start in PRICES.items()}
    intents = []
    for step in sorted(dice.randrange(steps) for _ in range(orders)):
        marks = {symbol: prices[symbol].mark[step] for symbol in prices}
        intents.append((step, random_intent(dice, marks)))
    cash = dice.choice((1_000, 20_000, 100_000, 3_000_000)) * DOLLAR
    return Schedule([NOW + step * gap for step in range(steps)], prices, intents, cash)
