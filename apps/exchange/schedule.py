"""A schedule of orders played on a tape of prices by the rules of live trading: one function of integers and tables.

At each step, in this order: funding of new hours, standing exits, liquidation, the policy's drawdown, then the orders of
the step, then equity. Without a believable price of every position the first four wait, and equity stays what it was.
"""

from collections.abc import Sequence

from apps.exchange.desk import (
    ACTIONS,
    BEST,
    CASH,
    EXPIRES_AT,
    FIRST_ACTION,
    LAST_ACTION_AT,
    STATUS,
    STEP,
    STOP_AT,
    TARGET_AT,
    TRAIL_BPS,
    Desk,
    Scene,
    borrowed,
    clear_exits,
    held_at,
    market_at,
    post_leg,
    totals_at,
    turn_day,
)
from apps.exchange.figures import (
    ACTIVE,
    CANCEL,
    FLIP,
    NEVER_MS,
    NOTHING,
    OPEN,
    SET_EXIT,
    SET_STOP,
    SET_TARGET,
    Account,
    Facts,
    Order,
)
from apps.exchange.forced_events import (
    BY_ORDER,
    fire_exits,
    has_price,
    is_priced,
    liquidate,
    pay_funding,
    stop_at_drawdown,
)
from apps.exchange.gates.request import may_grow
from apps.exchange.precision import nearest_price
from apps.exchange.totals import equity
from apps.exchange.trade import ends_exits, trade


def play(scene: Scene, orders: Sequence[Sequence[int]], desk: Desk) -> None:
    """Play a schedule on a desk: rows (step, asset, and the fields of `Order`), ascending by step."""
    play_steps(borrowed(scene), orders, borrowed(desk))


def play_steps(scene: Scene, orders: Sequence[Sequence[int]], desk: Desk) -> None:
    """Play one step after the other."""
    place = 0
    for step in range(len(scene.tape.at_ms)):
        desk.numbers[STEP] = step
        turn_day(desk, scene.rules, scene.tape.at_ms[step])
        if is_priced(scene, desk, step):
            pay_funding(scene, desk, step)
            fire_exits(scene, desk, step)
            liquidate(scene, desk, step)
            stop_at_drawdown(scene, desk, step)
        while place < len(orders) and orders[place][0] == step:
            place_order(scene, desk, step, place, orders[place])
            place += 1
        cash = desk.numbers[CASH]
        desk.cash[step] = cash
        if is_priced(scene, desk, step):
            desk.equity[step] = equity(cash, totals_at(scene, desk, step, -1))
        elif step:
            desk.equity[step] = desk.equity[step - 1]


def place_order(scene: Scene, desk: Desk, step: int, place: int, row: Sequence[int]) -> None:
    """Trade one order of the schedule, write its verdict, and post what it did."""
    asset, order = row[1], order_at(row)
    held, market = held_at(desk, asset), market_at(scene, desk, asset, step)
    grows, is_marked = may_grow(order), 1
    crossed, earmarked = 0, 0
    for other in range(len(desk.positions)):
        held_there = held_at(desk, other)
        if other != asset and held_there.size:
            crossed += 1 - held_there.is_isolated
            earmarked += held_there.margin
            if not has_price(scene, other, step):
                is_marked = 0
    others = totals_at(scene, desk, step, asset) if is_marked else NOTHING
    now, numbers = scene.tape.at_ms[step], desk.numbers
    idle = min(now - numbers[LAST_ACTION_AT], NEVER_MS)
    pace = actions_in_window(scene, desk, now)
    facts = Facts(1, scene.assets.is_allowed[asset], is_marked, 1, count_exits(desk, asset))
    account = Account(numbers[STATUS], ACTIVE, numbers[CASH], pace, idle, others, crossed, earmarked)
    traded = trade(order, account, held, market, facts)
    desk.verdicts[place] = traded.row[0]
    if traded.row[0]:
        return
    if order.kind < SET_STOP:
        if traded.close.lots:
            post_leg(desk, asset, BY_ORDER, traded.close, traded.lifted)
        if traded.open.lots:
            post_leg(desk, asset, BY_ORDER, traded.open, 0)
        desk.acted[numbers[ACTIONS]] = now
        numbers[ACTIONS] += 1
        numbers[LAST_ACTION_AT] = now
        if ends_exits(held, traded.held):
            clear_exits(desk, asset)
    if grows or order.kind >= SET_STOP:
        set_exits(scene, desk, step, asset, order)


def order_at(row: Sequence[int]) -> Order:
    """Return the order in a row of a schedule."""
    return Order(row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12])


def actions_in_window(scene: Scene, desk: Desk, now: int) -> int:
    """Return how many orders were executed within the policy's window before now."""
    numbers = desk.numbers
    while numbers[FIRST_ACTION] < numbers[ACTIONS] and (
        desk.acted[numbers[FIRST_ACTION]] <= now - scene.window_ms
    ):
        numbers[FIRST_ACTION] += 1
    return numbers[ACTIONS] - numbers[FIRST_ACTION]


def count_exits(desk: Desk, asset: int) -> int:
    """Return how many standing exits an asset has."""
    row, count = desk.exits[asset], 0
    for place in (STOP_AT, TARGET_AT, TRAIL_BPS, EXPIRES_AT):
        if row[place]:
            count += 1
    return count


def set_exits(scene: Scene, desk: Desk, step: int, asset: int, order: Order) -> None:
    """Set the standing exits that an executed order asks for, each in the place of its own kind, or withdraw all."""
    row, decimals = desk.exits[asset], scene.assets.size_decimals[asset]
    comes_along = order.kind in (OPEN, FLIP)
    if order.kind == CANCEL:
        clear_exits(desk, asset)
    if order.stop and (comes_along or order.kind == SET_STOP):
        row[STOP_AT] = nearest_price(order.stop, decimals)
    if order.trail_bps and (comes_along or order.kind == SET_STOP):
        row[TRAIL_BPS], row[BEST] = order.trail_bps, scene.tape.mark[asset][step]
    if order.target and (comes_along or order.kind == SET_TARGET):
        row[TARGET_AT] = nearest_price(order.target, decimals)
    if order.hold_ms and (comes_along or order.kind == SET_EXIT):
        row[EXPIRES_AT] = scene.tape.at_ms[step] + order.hold_ms
