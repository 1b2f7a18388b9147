"""Fill prices: a walk through the book where there is one, a stated impact curve where there is none.

Neither is reset by splitting an order. The walk begins after the lots this account already took from
the same snapshot. The curve's marginal price depends on the account's exposure in the asset, and an
order pays its average over the exposure it moves through, so any split of it costs the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.exchange.precision import round_price
from apps.exchange.rounding import BPS_SCALE, RATE_SCALE, mul_div, notional
from apps.exchange.types import Book, Instrument, Policy, Quote, Side

MAX_IMPACT_E10 = RATE_SCALE // 2


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order's price and its receipt, before fees; money in micro-dollars, unsigned size and notional."""

    size_lots: int
    price_micros: int
    notional_micros: int
    mid_micros: int
    half_spread_micros: int
    walk_micros: int
    book_reference: str


def walk(prices: Sequence[int], sizes: Sequence[int], taken: int, lots: int) -> tuple[int, int]:
    """Walk levels, best first, past `taken` lots, for `lots` more.

    Returns (sum of price * lots, lots found); fewer are found than asked when the levels end.
    """
    cost, found = 0, 0
    for index in range(len(prices)):
        left = sizes[index] - taken
        if left <= 0:
            taken = -left
            continue
        taken = 0
        take = min(left, lots - found)
        cost += prices[index] * take
        found += take
        if found == lots:
            break
    return cost, found


def impact(exposure_before: int, exposure_after: int, rate_e10: int, depth_micros: int) -> int:
    """Return the average impact, as a 1e-10 rate, of moving an exposure (unsigned micro-dollars).

    The curve is linear: `rate_e10` per `depth_micros` of exposure; capped at one half of the price.
    """
    rate = mul_div(rate_e10, exposure_before + exposure_after, 2 * depth_micros)
    return min(rate, MAX_IMPACT_E10)


def worsen(price_micros: int, side: int, rate_e10: int) -> int:
    """Move a price against the trader by a rate, rounded against the trader."""
    if side > 0:
        return -(-price_micros * (RATE_SCALE + rate_e10) // RATE_SCALE)
    return price_micros * (RATE_SCALE - rate_e10) // RATE_SCALE


def price_by_curve(
    *,
    side: Side,
    lots: int,
    exposure_before: int,
    exposure_after: int,
    quote: Quote,
    instrument: Instrument,
    policy: Policy,
) -> PricedOrder:
    """Price an order from the quote's mid, the stated half spread and the impact curve."""
    decimals = instrument.size_decimals
    rate = policy.half_spread_rate_e10 + impact(
        exposure_before, exposure_after, policy.impact_rate_e10, policy.impact_depth_micros
    )
    worse = worsen(quote.mid_micros, side, min(rate, MAX_IMPACT_E10))
    price = round_price(worse, side, decimals)
    total = notional(price, lots, decimals)
    at_mid = notional(quote.mid_micros, lots, decimals)
    half_spread = mul_div(at_mid, policy.half_spread_rate_e10, RATE_SCALE)
    walked = side * (total - at_mid) - half_spread
    return PricedOrder(lots, price, total, quote.mid_micros, half_spread, walked, "")


def price_by_book(
    *,
    side: Side,
    lots: int,
    taken_lots: int,
    exposure_before: int,
    exposure_after: int,
    quote: Quote,
    book: Book,
    instrument: Instrument,
    policy: Policy,
) -> PricedOrder:
    """Price an order by walking the book; what lies deeper than the book is priced by the curve.

    Levels further from the mark than the slippage tolerance count as absent. The price is the volume-weighted
    average, rounded to the tick against the trader.
    """
    levels = book.asks if side > 0 else book.bids
    decimals, best = instrument.size_decimals, levels[0].price_micros
    limit = quote.mark_micros * (BPS_SCALE + side * policy.max_slippage_bps) // BPS_SCALE
    near = [level for level in levels if side * (level.price_micros - limit) <= 0]
    prices = [level.price_micros for level in near]
    cost, found = walk(prices, [level.size_lots for level in near], taken_lots, lots)
    if found < lots:
        rate = impact(exposure_before, exposure_after, policy.impact_rate_e10, policy.impact_depth_micros)
        cost += worsen(prices[-1] if prices else best, side, rate) * (lots - found)
    average = -(-cost // lots) if side > 0 else cost // lots
    price = round_price(average, side, decimals)
    total = notional(price, lots, decimals)
    mid = (book.bids[0].price_micros + book.asks[0].price_micros) // 2
    half_spread = notional(side * (best - mid), lots, decimals)
    walked = side * (total - notional(mid, lots, decimals)) - half_spread
    return PricedOrder(lots, price, total, mid, half_spread, walked, book.reference)


def price_order(
    *,
    side: Side,
    lots: int,
    held_lots: int,
    taken_lots: int,
    quote: Quote,
    book: Book | None,
    instrument: Instrument,
    policy: Policy,
) -> PricedOrder:
    """Price `lots` of one leg: a growing or a shrinking order, never one that crosses zero.

    `held_lots` is the signed position before the leg; `taken_lots` were taken from this book side before.
    """
    decimals = instrument.size_decimals
    before = notional(quote.mark_micros, abs(held_lots), decimals)
    after = notional(quote.mark_micros, abs(held_lots + side * lots), decimals)
    if book is None:
        return price_by_curve(
            side=side,
            lots=lots,
            exposure_before=before,
            exposure_after=after,
            quote=quote,
            instrument=instrument,
            policy=policy,
        )
    return price_by_book(
        side=side,
        lots=lots,
        taken_lots=taken_lots,
        exposure_before=before,
        exposure_after=after,
        quote=quote,
        book=book,
        instrument=instrument,
        policy=policy,
    )
