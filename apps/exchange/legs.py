"""One leg of an order: price it, charge it, move the position; each posting is rounded once."""

from apps.exchange.fees import fee
from apps.exchange.figures import Held, Leg, Market, Order
from apps.exchange.fills import price_order
from apps.exchange.positions import move
from apps.exchange.rounding import mul_div


def grow_leg(held: Held, order: Order, lots: int, already: int, market: Market) -> Leg:
    """Fill a leg that opens or adds to a position, `already` lots deeper in the book than the account stood.

    An isolated one earmarks margin inside the account's cash: notional at the mark / leverage.
    """
    side, taken = order.side, market.taken + already
    is_isolated = max(order.is_isolated, market.terms.only_isolated)
    priced = price_order(side, lots, held.size, taken, market)
    margin = mul_div(mul_div(market.price.mark, lots, market.terms.scale), is_isolated, order.leverage)
    moved = move(held, Held(side * lots, side * priced.notional, order.leverage, is_isolated, margin))
    charged = fee(priced.notional, market.fee_rate)
    return Leg(side, lots, priced, charged, 0, 0, order.leverage, is_isolated, margin, taken, moved.held)


def shrink_leg(held: Held, lots: int, market: Market) -> Leg:
    """Fill a leg that closes some lots of a position or all of them, and releases their share of its margin."""
    side, taken = -1 if held.size > 0 else 1, market.taken
    mode = held.is_isolated
    priced = price_order(side, lots, held.size, taken, market)
    moved = move(held, Held(side * lots, side * priced.notional, held.leverage, mode, 0))
    charged = fee(priced.notional, market.fee_rate)
    return Leg(
        side, lots, priced, charged, moved.realized, 1, held.leverage, mode, moved.margin, taken, moved.held
    )
