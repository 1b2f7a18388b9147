"""One order from beginning to end over bare integers: request, prices, plan, fills, result.

Each stage is a plain function; the stages stop at the first gate whose range does not hold, and then nothing happens.
"""

from apps.exchange.figures import (
    CLOSE,
    FLIP,
    NO_LEG,
    SET_EXIT,
    SET_STOP,
    Account,
    Facts,
    Held,
    Market,
    Order,
    Plan,
    Terms,
    Totals,
    Traded,
)
from apps.exchange.gates import ALLOWED, Row, first_failing
from apps.exchange.gates.exits import exit_rows
from apps.exchange.gates.price import margin_rows, price_rows, surroundings_rows
from apps.exchange.gates.request import growth_rows, may_grow, request_rows
from apps.exchange.gates.result import result_rows, size_rows, slippage_row
from apps.exchange.legs import grow_leg, shrink_leg
from apps.exchange.precision import lots_for_notional
from apps.exchange.rounding import mul_div
from apps.exchange.totals import add_position


def trade(order: Order, account: Account, held: Held, market: Market, facts: Facts) -> Traded:
    """Trade one order whole or refuse it; `held` is the account's position in the asset.

    Requests about standing exits end after their gates: they have no legs.
    """
    row = judge_request(order, account, held, market, facts)
    if row[0] or order.kind >= SET_STOP:
        return refused(row, account, held)
    plan = plan_order(order, held, market.price.mark, market.terms)
    row = first_failing(size_rows(plan, held, market.terms, market.rules))
    if row[0]:
        return refused(row, account, held)
    traded = fill(order, plan, account.cash, held, market)
    row = judge_result(order, traded, account.others, market) if plan.grows else ALLOWED
    if row[0]:
        return refused(row, account, held)
    return traded if plan.grows else without_debt(traded, account)


def refused(row: Row, account: Account, held: Held) -> Traded:
    """Return what becomes of an order that trades nothing: no legs."""
    return Traded(row, NO_LEG, NO_LEG, held, account.cash, 0)


def without_debt(traded: Traded, account: Account) -> Traded:
    """Lift the cash that an order left below the isolated margins when no cross position can bear it."""
    after = traded.held
    left = traded.cash - account.earmarked - after.margin
    if left >= 0 or account.crossed or (after.size and not after.is_isolated):
        return traded
    return Traded(traded.row, traded.close, traded.open, after, traded.cash - left, -left)


def judge_request(order: Order, account: Account, held: Held, market: Market, facts: Facts) -> Row:
    """Return the first failing row of the gates on the request and on the prices it would use."""
    row = first_failing(request_rows(order, account, held, facts))
    grows = may_grow(order)
    if row[0] == 0 and grows:
        row = first_failing(growth_rows(order, account, held, market, facts))
    if row[0] or order.kind >= SET_EXIT:
        return row
    row = first_failing(price_rows(market.price, market.rules))
    if row[0] == 0 and order.kind < SET_STOP:
        row = first_failing(surroundings_rows(facts, grows))
        if row[0] == 0:
            row = first_failing(margin_rows(account, held, market, facts))
    if row[0] == 0 and (grows or order.kind >= SET_STOP):
        side = order.side if grows else 1 if held.size > 0 else -1
        row = first_failing(exit_rows(order, side, market.price.mark, market.terms))
    return row


def plan_order(order: Order, held: Held, mark: int, terms: Terms) -> Plan:
    """Turn an order into lots to close and lots to open; a notional is quantised once, downwards, at the mark.

    A reduce larger than the position closes it; a flip without a size mirrors it.
    """
    grows, held_lots = may_grow(order), abs(held.size)
    lots = order.size or lots_for_notional(order.notional, mark, terms.size_decimals)
    if order.kind == CLOSE:
        close, opened = held_lots, 0
    elif order.kind == FLIP:
        close, opened = held_lots, lots if order.size or order.notional else held_lots
    elif grows:
        close, opened = 0, lots
    else:
        close, opened = min(lots, held_lots), 0
    open_value = mul_div(mark, opened, terms.scale)
    return Plan(grows, close, opened, mul_div(mark, close + opened, terms.scale), open_value)


def fill(order: Order, plan: Plan, cash: int, held: Held, market: Market) -> Traded:
    """Fill the plan: close, then open where the walk of the close stopped. Cash moves by profit and fees."""
    close = opened = NO_LEG
    after = held
    if plan.close:
        close = shrink_leg(held, plan.close, market)
        after, cash = close.after, cash + close.realized - close.fee
    if plan.open:
        opened = grow_leg(after, order, plan.open, plan.close, market)
        after, cash = opened.after, cash - opened.fee
    return Traded(ALLOWED, close, opened, after, cash, 0)


def judge_result(order: Order, traded: Traded, others: Totals, market: Market) -> Row:
    """Return the first failing row of the gates on the fills and on the account behind them."""
    row = first_failing((slippage_row(traded.close, market), slippage_row(traded.open, market)))
    if row[0]:
        return row
    totals = add_position(others, traded.held, market.price.mark, market.terms)
    return first_failing(result_rows(order, traded.held, traded.cash, totals, market))


def ends_exits(before: Held, after: Held) -> int:
    """Return 1 when a position ended or turned: its standing exits end with it."""
    return 1 if before.size and (after.size == 0 or (before.size > 0) != (after.size > 0)) else 0
