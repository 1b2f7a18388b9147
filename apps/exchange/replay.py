"""Playing a schedule: builds its tables as lists or as arrays, plays it in that form, returns the same numbers.

It does what live trading does with the same orders at the same marks, to the last unit, as far as a tape tells. It has
no books (every order fills on the curve), no kill switches and no delistings: what is held at the end stays open. Live
trading waits with every order while something held has no price; here orders that only shrink a position that has one
go through. Funding of a whole hour without a step is charged at the last believable prices before it, where live
trading, which knows the prices of the hour, charges nothing once they are an hour old.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from apps.exchange.desk import (
    BASE,
    CASH,
    DAY,
    DAY_MS,
    FEE_RATE,
    FILLS,
    FUNDED_HOUR,
    LAST_ACTION_AT,
    NEVER,
    PARTIAL_AT,
    STEP,
    VOLUME_DAYS,
    Assets,
    Desk,
    Scene,
    Tape,
)
from apps.exchange.fees import charged_rate
from apps.exchange.forced_events import HOUR_MS
from apps.exchange.rounding import MAX_MICROS
from apps.exchange.schedule import play
from apps.exchange.translate import order_of, rules_of, terms_of
from apps.exchange.types import Instrument, OrderIntent, Policy

FILL_COLUMNS = (
    *("step", "asset", "cause", "side", "lots", "price", "notional", "fee"),
    *("realized", "margin", "corrected"),
)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one asset, one a step, in micro-dollars; oracle and mid are the mark where they are not given.

    `rate_e10` is the hourly funding rate, in 1e-10; a mark of 0 stands for no price.
    """

    mark: Sequence[int]
    oracle: Sequence[int] = ()
    mid: Sequence[int] = ()
    rate_e10: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is played: moments (milliseconds, ascending), prices by symbol, and intents with the step of each."""

    at_ms: Sequence[int]
    prices: Mapping[str, Prices]
    intents: Sequence[tuple[int, OrderIntent]]
    cash_micros: int


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it, as tables of whole numbers in both forms alike.

    `fills` has `FILL_COLUMNS`, `verdicts` the number of the gate that denied each intent (0: executed), `positions`
    a row an asset in symbol order (lots, cost, leverage, is isolated, margin), the others a number a step.
    """

    fills: np.ndarray
    verdicts: np.ndarray
    positions: np.ndarray
    equity: np.ndarray
    cash: np.ndarray
    funding: np.ndarray


def replay(
    schedule: Schedule, *, instruments: Mapping[str, Instrument], policy: Policy, compiled: bool
) -> Played:
    """Play a schedule in one of the two forms. Raises ValueError when it is not in order or beyond the bounds."""
    symbols = sorted(schedule.prices)
    numbers = (schedule.cash_micros, policy.window_ms, policy.max_drawdown_bps, *rules_of(policy))
    if any(abs(number) > MAX_MICROS for number in numbers):
        raise ValueError("the cash or a number of the policy is beyond the bounds of the exchange")
    rows = _order_rows(schedule, symbols)
    form = _array if compiled else _list
    scene = _scene(schedule, [instruments[symbol] for symbol in symbols], policy, form)
    orders = form([[0] * 13, *rows])[1:]
    capacity = 2 * len(rows) + len(schedule.at_ms)
    while True:
        desk = _desk(schedule, len(symbols), len(rows), capacity, form)
        desk.numbers[FEE_RATE] = charged_rate(0, scene.rules)
        (_compiled() if compiled else play)(scene, orders, desk)
        count = int(desk.numbers[FILLS])
        if count <= capacity:
            return _played(desk, count)
        capacity = count


@cache
def _compiled() -> Callable[..., None]:
    from apps.exchange.compiled import compile_function  # the compiler: only for who wants the speed

    return compile_function(play)


def _array(values: Any) -> Any:
    return np.array(values, dtype=np.int64)


def _list(values: Any) -> Any:
    return values


def _order_rows(schedule: Schedule, symbols: list[str]) -> list[list[int]]:
    places = {symbol: place for place, symbol in enumerate(symbols)}
    rows = [[step, places[intent.symbol], *order_of(intent)] for step, intent in schedule.intents]
    steps = [row[0] for row in rows]
    if steps != sorted(steps) or any(not 0 <= step < len(schedule.at_ms) for step in steps):
        raise ValueError("the intents must be in the order of their steps, and the steps must exist")
    if any(abs(number) > MAX_MICROS for row in rows for number in row):
        raise ValueError("an amount of an intent is beyond the bounds of the exchange")
    return rows


def _scene(schedule: Schedule, instruments: list[Instrument], policy: Policy, form: Any) -> Scene:
    steps = len(schedule.at_ms)
    prices = [schedule.prices[instrument.symbol] for instrument in instruments]
    tape = Tape(
        form(list(schedule.at_ms)),
        form([list(one.mark) for one in prices]),
        form([list(one.oracle or one.mark) for one in prices]),
        form([list(one.mid or one.mark) for one in prices]),
        form([list(one.rate_e10 or [0] * steps) for one in prices]),
        form([]),
    )
    terms = [terms_of(instrument) for instrument in instruments]
    width = max(len(one.bounds) for one in terms)

    def tiers(column: str, filler: int) -> Any:
        return form([[*getattr(one, column), *[filler] * (width - len(one.bounds))] for one in terms])

    assets = Assets(
        form([one.size_decimals for one in terms]),
        form([one.scale for one in terms]),
        form([one.max_leverage for one in terms]),
        form([one.is_delisted for one in terms]),
        form([one.only_isolated for one in terms]),
        form([int(instrument.symbol in policy.allowed_symbols) for instrument in instruments]),
        tiers("bounds", 2 * MAX_MICROS),
        tiers("leverages", 1),
        tiers("cuts", 0),
    )
    return Scene(tape, assets, rules_of(policy), policy.window_ms, policy.max_drawdown_bps)


def _desk(schedule: Schedule, assets: int, orders: int, capacity: int, form: Any) -> Desk:
    numbers = [0] * (STEP + 1)
    numbers[CASH] = numbers[BASE] = schedule.cash_micros
    numbers[PARTIAL_AT] = numbers[LAST_ACTION_AT] = NEVER
    if schedule.at_ms:
        numbers[DAY], numbers[FUNDED_HOUR] = schedule.at_ms[0] // DAY_MS, schedule.at_ms[0] // HOUR_MS
    steps = len(schedule.at_ms)
    return Desk(
        form(numbers),
        form([[0, 0, 1, 0, 0] for _ in range(assets)]),
        form([[0] * 5 for _ in range(assets)]),
        form([0] * orders),
        form([0] * (VOLUME_DAYS + 1)),
        form([[0] * len(FILL_COLUMNS) for _ in range(capacity)]),
        form([0] * orders),
        form([schedule.cash_micros] * steps),
        form([0] * steps),
        form([0] * steps),
    )


def _played(desk: Desk, count: int) -> Played:
    return Played(
        fills=_array(desk.fills[:count]).reshape(count, len(FILL_COLUMNS)),
        verdicts=_array(desk.verdicts),
        positions=_array(desk.positions),
        equity=_array(desk.equity),
        cash=_array(desk.cash),
        funding=_array(desk.funding),
    )
