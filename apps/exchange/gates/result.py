"""The last gates: the order in lots, the fills it would get, and the account it would leave behind."""

from apps.exchange.figures import Held, Leg, Market, Order, Plan, Rules, Terms, Totals
from apps.exchange.fills import deepest_price
from apps.exchange.gates import numbers as gate
from apps.exchange.gates.numbers import Row, Rows
from apps.exchange.margin import isolated_value, required, worth
from apps.exchange.precision import max_market_order_micros, reach
from apps.exchange.rounding import MAX_MICROS
from apps.exchange.tiers import max_leverage
from apps.exchange.totals import cross_value, equity


def size_rows(plan: Plan, held: Held, terms: Terms, rules: Rules) -> Rows:
    """What the planned order must pass; one that closes the whole position may be below the minimum."""
    lots = plan.open if plan.grows else plan.close
    value = plan.open_value if plan.grows else plan.value
    closes_all = not plan.grows and plan.close == abs(held.size)
    limit = max_market_order_micros(terms.max_leverage) if plan.grows else MAX_MICROS
    return (
        (gate.AMOUNT_OUT_OF_RANGE, 0, lots, MAX_MICROS),
        (gate.AMOUNT_OUT_OF_RANGE, 0, plan.value, MAX_MICROS),
        (gate.SIZE_BELOW_LOT, 1, lots, MAX_MICROS),
        (gate.BELOW_MIN_NOTIONAL, 0 if closes_all else rules.min_notional, value, MAX_MICROS),
        (gate.ABOVE_MAX_ORDER, 0, plan.value, limit),
    )


def slippage_row(leg: Leg, market: Market) -> Row:
    """A fill may not be further from the mark than the tolerance, nor need a level that is; no fill never is."""
    mark = market.price.mark
    away = reach(mark, market.rules.max_slippage_bps)
    paid = mark
    if leg.lots:
        paid = deepest_price(leg.side, leg.lots, leg.taken, leg.priced.price, market)
    return (gate.SLIPPAGE_TOO_LARGE, mark - away, paid, mark + away)


def result_rows(order: Order, after: Held, cash: int, totals: Totals, market: Market) -> Rows:
    """What the account after a growing order must pass; `after` is the position in the order's asset.

    Initial margin of the cross positions must be covered by what backs them: cash after fees less all isolated
    margin, plus the cross profit. What backs an isolated position must cover its maintenance margin. Exposure
    divided by the account's maximum leverage must be covered by equity.
    """
    mark, terms, rules = market.price.mark, market.terms, market.rules
    value = abs(worth(after, mark, terms))
    least = required(after, mark, terms) if after.is_isolated else 0
    backing = isolated_value(after, mark, terms) if after.is_isolated else 0
    needed = -(-totals.exposure // rules.max_account_leverage)
    return (
        (gate.ABOVE_MAX_POSITION, 0, value, rules.max_position),
        (gate.LEVERAGE_ABOVE_TIER, 1, order.leverage, max_leverage(value, terms)),
        (gate.TOO_MANY_POSITIONS, 0, totals.held, rules.max_open_positions),
        (gate.ABOVE_MAX_EXPOSURE, 0, totals.exposure, rules.max_exposure),
        (gate.ABOVE_MAX_NET_EXPOSURE, -rules.max_net_exposure, totals.net, rules.max_net_exposure),
        (gate.INSUFFICIENT_MARGIN, 0, totals.initial, cross_value(cash, totals)),
        (gate.INSUFFICIENT_MARGIN, 0, least, backing),
        (gate.ABOVE_MAX_ACCOUNT_LEVERAGE, 0, needed, equity(cash, totals)),
    )
