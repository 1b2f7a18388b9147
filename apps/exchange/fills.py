"""Fill prices: a walk through the book where there is one, a stated impact curve where there is none.

Neither is reset by splitting an order. The walk begins after the lots this account already took from
the same snapshot. The curve's marginal price depends on the account's exposure in the asset, and an
order pays its average over the exposure it moves through, so any split of it costs the same.
"""

from collections.abc import Sequence

from apps.exchange.figures import Market, Priced
from apps.exchange.precision import round_price
from apps.exchange.rounding import BPS_SCALE, RATE_SCALE, mul_ceil, mul_div, mul_divmod, mul_floor

MAX_IMPACT_E10 = RATE_SCALE // 2


def walk(prices: Sequence[int], sizes: Sequence[int], taken: int, lots: int) -> tuple[int, int, int]:
    """Walk levels, best first, past `taken` lots, for `lots` more.

    Returns (whole, rest, found): the sum of price * lots found is `whole * lots + rest` with 0 <= rest < lots, so
    `whole` is the average price rounded down where all were found; fewer are found when the levels end.
    """
    whole, rest, found = 0, 0, 0
    for index in range(len(prices)):
        left = sizes[index] - taken
        if left <= 0:
            taken = -left
            continue
        taken = 0
        take = min(left, lots - found)
        whole, rest = add_share(whole, rest, prices[index], take, lots)
        found += take
        if found == lots:
            break
    return whole, rest, found


def add_share(whole: int, rest: int, price: int, take: int, lots: int) -> tuple[int, int]:
    """Add price * take to a sum kept as `whole * lots + rest`; exact, and no larger than a price."""
    more, left = mul_divmod(price, take, lots)
    rest += left
    if rest >= lots:
        return whole + more + 1, rest - lots
    return whole + more, rest


def reachable(prices: Sequence[int], side: int, limit: int) -> int:
    """Return how many levels, best first, are not beyond the limit price."""
    for index in range(len(prices)):
        if side * (prices[index] - limit) > 0:
            return index
    return len(prices)


def tolerated_price(side: int, market: Market) -> int:
    """Return the price that is as far from the mark as the slippage tolerance allows an order of this side."""
    return mul_floor(market.price.mark, BPS_SCALE + side * market.rules.max_slippage_bps, BPS_SCALE)


def deepest_price(side: int, lots: int, taken: int, paid: int, market: Market) -> int:
    """Return the price that an order depends on: what it pays, or the first level beyond the tolerance it needs."""
    depth = market.depth
    near = reachable(depth.prices, side, tolerated_price(side, market))
    if near < len(depth.prices) and walk(depth.prices[:near], depth.sizes[:near], taken, lots)[2] < lots:
        return depth.prices[near]
    return paid


def impact(exposure_before: int, exposure_after: int, rate_e10: int, depth_micros: int) -> int:
    """Return the average impact, as a 1e-10 rate, of moving an exposure (unsigned micro-dollars).

    The curve is linear: `rate_e10` per `depth_micros` of exposure; capped at one half of the price.
    """
    rate = mul_div(rate_e10, exposure_before + exposure_after, 2 * depth_micros)
    return min(rate, MAX_IMPACT_E10)


def worsen(price_micros: int, side: int, rate_e10: int) -> int:
    """Move a price against the trader by a rate, rounded against the trader."""
    if side > 0:
        return mul_ceil(price_micros, RATE_SCALE + rate_e10, RATE_SCALE)
    return mul_floor(price_micros, RATE_SCALE - rate_e10, RATE_SCALE)


def price_by_curve(side: int, lots: int, impact_rate: int, market: Market) -> Priced:
    """Price an order from the quote's mid, the stated half spread and the impact."""
    price, terms, rules = market.price, market.terms, market.rules
    rate = min(rules.half_spread_rate + impact_rate, MAX_IMPACT_E10)
    paid = round_price(worsen(price.mid, side, rate), side, terms.size_decimals)
    total = mul_div(paid, lots, terms.scale)
    at_mid = mul_div(price.mid, lots, terms.scale)
    half_spread = mul_div(at_mid, rules.half_spread_rate, RATE_SCALE)
    return Priced(paid, total, price.mid, half_spread, side * (total - at_mid) - half_spread, 0)


def price_by_book(side: int, lots: int, taken: int, impact_rate: int, market: Market) -> Priced:
    """Price an order by walking the book; what lies deeper than the snapshot is priced by the impact.

    Levels further from the mark than the slippage tolerance are not walked: what they would fill costs the tolerance,
    or the impact from the last nearer level (from the mark where there is none) if that is worse. The price is the
    volume-weighted average, rounded to the tick against the trader.
    """
    depth, terms = market.depth, market.terms
    best = depth.prices[0]
    limit = tolerated_price(side, market)
    near = reachable(depth.prices, side, limit)
    whole, rest, found = walk(depth.prices[:near], depth.sizes[:near], taken, lots)
    if found < lots:
        beyond = worsen(depth.prices[near - 1] if near else market.price.mark, side, impact_rate)
        if near < len(depth.prices) and side * (limit - beyond) > 0:
            beyond = limit
        whole, rest = add_share(whole, rest, beyond, lots - found, lots)
    average = whole + 1 if side > 0 and rest else whole
    paid = round_price(average, side, terms.size_decimals)
    total = mul_div(paid, lots, terms.scale)
    mid = (best + depth.other_best) // 2
    half_spread = mul_div(side * (best - mid), lots, terms.scale)
    walked = side * (total - mul_div(mid, lots, terms.scale)) - half_spread
    return Priced(paid, total, mid, half_spread, walked, 1)


def price_order(side: int, lots: int, held: int, taken: int, market: Market) -> Priced:
    """Price `lots` of one leg: a growing or a shrinking order, never one that crosses zero.

    `held` is the signed position before the leg in lots; `taken` were taken from this book side before.
    """
    mark, scale = market.price.mark, market.terms.scale
    before = mul_div(mark, abs(held), scale)
    after = mul_div(mark, abs(held + side * lots), scale)
    impact_rate = impact(before, after, market.rules.impact_rate, market.rules.impact_depth)
    if len(market.depth.prices) == 0:
        return price_by_curve(side, lots, impact_rate, market)
    return price_by_book(side, lots, taken, impact_rate, market)
