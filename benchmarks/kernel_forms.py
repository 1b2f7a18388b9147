"""The exchange kernel in its two forms: orders and bars a second, beside a bare compiled loop without any rule."""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.exchange.compiled import compile_function  # noqa: E402 - a script finds the project first
from apps.exchange.execute import execute  # noqa: E402 - as above
from apps.exchange.replay import Prices, Schedule, replay  # noqa: E402 - as above
from apps.exchange.types import (  # noqa: E402 - as above
    AccountState,
    ActionKind,
    Instrument,
    OrderIntent,
    Policy,
    Quote,
    Side,
)

START = {"BTC": 97_123_400_000, "ETH": 3_456_700_000, "SOL": 187_650_000}
VENUE = {"BTC": Instrument("BTC", 5, 40), "ETH": Instrument("ETH", 4, 25), "SOL": Instrument("SOL", 2, 20)}
POLICY = Policy(allowed_symbols=tuple(VENUE), max_actions_per_window=10**6)
CASH = 100_000_000_000
FIVE_MINUTES_MS = 300_000


def tape(steps: int, orders: int) -> Schedule:
    """A year-like walk of three assets and orders spread over it, the half of them flips and closes."""
    dice = random.Random(17)
    prices = {}
    for symbol, price in START.items():
        marks = [price]
        for _ in range(steps - 1):
            marks.append(max(1_000_000, int(marks[-1] * (1 + dice.uniform(-0.001, 0.001)))))
        prices[symbol] = Prices(marks, rate_e10=[125_000] * steps)
    kinds = (ActionKind.OPEN, ActionKind.OPEN, ActionKind.FLIP, ActionKind.CLOSE)
    intents = [
        (
            step,
            OrderIntent(
                dice.choice(kinds),
                dice.choice(sorted(START)),
                dice.choice(list(Side)),
                notional_micros=2_000_000_000,
                leverage=5,
            ),
        )
        for step in sorted(dice.randrange(steps) for _ in range(orders))
    ]
    return Schedule([step * FIVE_MINUTES_MS for step in range(steps)], prices, intents, CASH)


def bare(marks: np.ndarray, sizes: np.ndarray, equity: np.ndarray) -> None:
    """The limit: equity of fixed positions at every step, in machine words, without gates, funding or liquidation."""
    for step in range(marks.shape[1]):
        total = 0
        for asset in range(marks.shape[0]):
            total += marks[asset][step] // 1_000 * sizes[asset]
        equity[step] = total


def seconds(act: Callable[[], object], rounds: int) -> float:
    """The best processor time of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        act()
        best = min(best, time.process_time() - started)
    return best


def one_order() -> object:
    """One order through the shell of live trading."""
    quotes = {symbol: Quote(symbol, price, price, price, 0) for symbol, price in START.items()}
    intent = OrderIntent(ActionKind.OPEN, "BTC", notional_micros=1_000_000_000, leverage=5)
    return execute(
        state=AccountState("active", CASH),
        intent=intent,
        instrument=VENUE["BTC"],
        quote=quotes["BTC"],
        book=None,
        marks=quotes,
        instruments=VENUE,
        policy=POLICY,
        now_ms=0,
    )


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    bars = asked.steps * len(VENUE)
    found: dict[str, object] = {"bars": bars}
    shell = seconds(lambda: [one_order() for _ in range(1_000)], asked.rounds) / 1_000
    found["liveOrdersPerSecond"] = round(1 / shell)
    loop, marks = (
        compile_function(bare),
        np.array([[START[symbol]] * asked.steps for symbol in sorted(START)]),
    )
    sizes, equity = np.array([10, -20, 30]), np.zeros(asked.steps, dtype=np.int64)
    loop(marks, sizes, equity)
    limit = seconds(lambda: loop(marks, sizes, equity), asked.rounds)
    for name, orders in (("few", asked.steps // 100), ("everyStep", asked.steps)):
        schedule = tape(asked.steps, orders)
        replay(tape(10, 2), instruments=VENUE, policy=POLICY, compiled=True)
        forms = {
            form: seconds(
                lambda form=form, schedule=schedule: replay(  # type: ignore[misc] # a lambda with defaults has no inferred type
                    schedule, instruments=VENUE, policy=POLICY, compiled=form
                ),
                asked.rounds,
            )
            for form in (False, True)
        }
        found[name] = {
            "orders": orders,
            "interpretedBarsPerSecond": round(bars / forms[False]),
            "compiledBarsPerSecond": round(bars / forms[True]),
            "compiledOrdersPerSecond": round(orders / forms[True]),
            "compiledByInterpreted": round(forms[False] / forms[True], 1),
            "slowerThanBareLoop": round(forms[True] / limit),
        }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
