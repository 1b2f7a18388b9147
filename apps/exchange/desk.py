"""One account on a tape of prices, as tables of integers: lists where Python runs them, arrays where they are compiled.

Tables are read and written by place, `table[asset][field]`, which lists and arrays of two dimensions both allow.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.exchange.fees import charged_rate
from apps.exchange.figures import NOTHING, Depth, Held, Leg, Market, Price, Rules, Terms, Totals
from apps.exchange.totals import add_position

DAY_MS = 86_400_000
VOLUME_DAYS = 14
(
    CASH,
    STATUS,
    FEE_RATE,
    DAY,
    FUNDED_HOUR,
    PARTIAL_AT,
    LAST_ACTION_AT,
    ACTIONS,
    FIRST_ACTION,
    FILLS,
    BASE,
    STEP,
) = range(12)
"""Places in `Desk.numbers`: cash, trading status, today's fee rate, day and hour reached, when a liquidation last took
a part and an order was last executed, how many orders were and which of them is the first in the window, how many
fills were made, the highest equity marked, from which a drawdown counts, and the step that is played."""
STOP_AT, TARGET_AT, TRAIL_BPS, BEST, EXPIRES_AT = range(5)
"""Places in a row of `Desk.exits`; 0 is not set."""
NEVER = -(2**62)


class Tape(NamedTuple):
    """Moments in order, and the prices of each asset at each: `mark[asset][step]`; `rate` is hourly, in 1e-10.

    A mark that is not positive stands for no price. `nothing` is an empty column, for there are no books.
    """

    at_ms: Sequence[int]
    mark: Sequence[Sequence[int]]
    oracle: Sequence[Sequence[int]]
    mid: Sequence[Sequence[int]]
    rate: Sequence[Sequence[int]]
    nothing: Sequence[int]


class Assets(NamedTuple):
    """Instruments, one number a row in symbol order; margin tiers have rows of equal length."""

    size_decimals: Sequence[int]
    scale: Sequence[int]
    max_leverage: Sequence[int]
    is_delisted: Sequence[int]
    only_isolated: Sequence[int]
    is_allowed: Sequence[int]
    bounds: Sequence[Sequence[int]]
    leverages: Sequence[Sequence[int]]
    cuts: Sequence[Sequence[int]]


class Desk(NamedTuple):
    """The account and its record, changed in place.

    `positions` and `exits` have a row an asset, `acted` the moments of executed orders, `volumes` the traded notional
    of fifteen days in turn, `fills` a row a fill, `verdicts` a gate's number an order (0 executed), and `equity`,
    `cash` and `funding` a number a step.
    """

    numbers: Any
    positions: Any
    exits: Any
    acted: Any
    volumes: Any
    fills: Any
    verdicts: Any
    equity: Any
    cash: Any
    funding: Any


class Scene(NamedTuple):
    """Where a schedule is played: prices, assets, the policy's numbers, its window of pace and its drawdown."""

    tape: Tape
    assets: Assets
    rules: Rules
    window_ms: int
    max_drawdown_bps: int


def borrowed(tables: Any) -> Any:
    """Return the tables as they are; compiled, as views that own nothing, so that handing them on counts nothing."""
    return tables


def terms_at(assets: Assets, asset: int) -> Terms:
    """Return the terms of an asset."""
    return Terms(
        assets.size_decimals[asset],
        assets.scale[asset],
        assets.max_leverage[asset],
        assets.is_delisted[asset],
        assets.only_isolated[asset],
        assets.bounds[asset],
        assets.leverages[asset],
        assets.cuts[asset],
    )


def price_at(tape: Tape, asset: int, step: int) -> Price:
    """Return the prices of an asset at a step; they are as old as the step."""
    mark, oracle, mid = tape.mark[asset][step], tape.oracle[asset][step], tape.mid[asset][step]
    return Price(mark, oracle, mid, tape.rate[asset][step], 0, 0)


def market_at(scene: Scene, desk: Desk, asset: int, step: int) -> Market:
    """Return where an order in an asset fills at a step: the curve, for a tape has no books."""
    return Market(
        price_at(scene.tape, asset, step),
        Depth(scene.tape.nothing, scene.tape.nothing, 0),
        terms_at(scene.assets, asset),
        scene.rules,
        desk.numbers[FEE_RATE],
        0,
    )


def held_at(desk: Desk, asset: int) -> Held:
    """Return the position in an asset."""
    row = desk.positions[asset]
    return Held(row[0], row[1], row[2], row[3], row[4])


def put_held(desk: Desk, asset: int, held: Held) -> None:
    """Write the position in an asset; without one there are no standing exits either."""
    row = desk.positions[asset]
    row[0], row[1], row[2], row[3], row[4] = (
        held.size,
        held.cost,
        held.leverage,
        held.is_isolated,
        held.margin,
    )
    if held.size == 0:
        clear_exits(desk, asset)


def clear_exits(desk: Desk, asset: int) -> None:
    """Withdraw every standing exit of an asset."""
    for place in range(EXPIRES_AT + 1):
        desk.exits[asset][place] = 0


def totals_at(scene: Scene, desk: Desk, step: int, without: int) -> Totals:
    """Add up the positions at a step, one asset left out (-1: none)."""
    totals = NOTHING
    for asset in range(len(desk.positions)):
        if asset != without and desk.positions[asset][0]:
            mark = scene.tape.mark[asset][step]
            totals = add_position(totals, held_at(desk, asset), mark, terms_at(scene.assets, asset))
    return totals


def post_leg(desk: Desk, asset: int, cause: int, leg: Leg, corrected: int) -> None:
    """Post a fill to cash and position, with a correction of cash where a forced exit needs one, and record it.

    Fills beyond the table are counted only: whoever gave it too few rows plays again with as many as were counted.
    """
    numbers = desk.numbers
    numbers[CASH] += leg.realized - leg.fee + corrected
    put_held(desk, asset, leg.after)
    desk.volumes[numbers[DAY] % len(desk.volumes)] += leg.priced.notional
    if numbers[FILLS] < len(desk.fills):
        row = desk.fills[numbers[FILLS]]
        row[0], row[1], row[2], row[3], row[4] = numbers[STEP], asset, cause, leg.side, leg.lots
        row[5], row[6], row[7] = leg.priced.price, leg.priced.notional, leg.fee
        row[8], row[9], row[10] = leg.realized, leg.margin, corrected
    numbers[FILLS] += 1


def turn_day(desk: Desk, rules: Rules, at_ms: int) -> None:
    """Fix the fee rate of a day that has begun: the tier of what was traded in the fourteen days before it."""
    day, numbers = at_ms // DAY_MS, desk.numbers
    if day == numbers[DAY]:
        return
    length = len(desk.volumes)
    for passed in range(max(numbers[DAY] + 1, day - length + 1), day + 1):
        desk.volumes[passed % length] = 0
    volume = 0
    for place in range(length):
        volume += desk.volumes[place]
    numbers[DAY] = day
    numbers[FEE_RATE] = charged_rate(volume, rules)
