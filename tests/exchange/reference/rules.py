"""The venue's arithmetic in exact fractions; money in micro-dollars, sizes in lots, as the kernel counts them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from apps.exchange.types import Book, Instrument, Policy, Quote

DOLLAR = 10**6
FEE_TIERS = (
    (7_000_000_000, Fraction(24, 100_000)),
    (2_000_000_000, Fraction(26, 100_000)),
    (500_000_000, Fraction(28, 100_000)),
    (100_000_000, Fraction(30, 100_000)),
    (25_000_000, Fraction(35, 100_000)),
    (5_000_000, Fraction(40, 100_000)),
)
BASE_FEE = Fraction(45, 100_000)
HALF = Fraction(1, 2)


def fee_rate(volume_micros: int, policy: Policy) -> Fraction:
    """The taker's share of the notional: the venue's tier, never above the policy's rate."""
    cap = Fraction(policy.taker_fee_rate_e10, 10**10)
    if not policy.has_fee_tiers:
        return cap
    return min(cap, next((rate for over, rate in FEE_TIERS if volume_micros > over * DOLLAR), BASE_FEE))


def worth(price: Fraction | int, lots: int, instrument: Instrument) -> Fraction:
    """The signed value of a signed size."""
    return Fraction(price * lots, 10**instrument.size_decimals)


def tiers_of(instrument: Instrument) -> list[tuple[int, int]]:
    """(lower bound, max leverage), ascending."""
    tiers = [(tier.lower_bound_micros, tier.max_leverage) for tier in instrument.tiers]
    return tiers or [(0, instrument.max_leverage)]


def maintenance(notional: Fraction, instrument: Instrument) -> Fraction:
    """Notional by the rate of its tier, less the deduction that makes the requirement continuous."""
    required, deduction, last = Fraction(0), Fraction(0), Fraction(0)
    for place, (bound, leverage) in enumerate(tiers_of(instrument)):
        if notional < bound:
            break
        rate = Fraction(1, 2 * leverage)
        deduction += bound * (rate - last) if place else 0
        required, last = notional * rate - deduction, rate
    return required


def leverage_allowed(notional: Fraction, instrument: Instrument) -> int:
    """The highest leverage of the tier."""
    reached = [leverage for bound, leverage in tiers_of(instrument) if notional >= bound]
    return min(instrument.max_leverage, *reached)


def is_legal(price_micros: int, instrument: Instrument) -> bool:
    """A whole number of dollars; or at most five figures, and six decimals less those of the size."""
    rest = price_micros % DOLLAR
    if price_micros <= 0:
        return False
    if not rest:
        return True
    figures, decimals = len(str(price_micros).rstrip("0")), len(f"{rest:06d}".rstrip("0"))
    return figures <= 5 and decimals <= 6 - instrument.size_decimals


def step_at(price_micros: int, instrument: Instrument) -> int:
    """How far apart the legal prices lie here."""
    return min(DOLLAR, max(10 ** (len(str(price_micros)) - 5), 10**instrument.size_decimals, 1))


def impact_rate(before: Fraction, after: Fraction, policy: Policy) -> Fraction:
    """The mean of a linear curve between two exposures, at most one half."""
    mean = (before + after) / 2
    return min(HALF, Fraction(policy.impact_rate_e10, 10**10) * mean / policy.impact_depth_micros)


def curve_price(
    side: int, before: Fraction, after: Fraction, quote: Quote, policy: Policy
) -> tuple[Fraction, Fraction]:
    """(price, half spread a unit) of an order without a book."""
    half = Fraction(policy.half_spread_rate_e10, 10**10)
    rate = min(HALF, half + impact_rate(before, after, policy))
    return quote.mid_micros * (1 + side * rate), quote.mid_micros * half


def walk_price(
    side: int, lots: int, taken: int, levels: Iterable[tuple[int, int]], beyond: Fraction
) -> Fraction:
    """The mean price of `lots` from the levels past `taken`; what is not there costs `beyond`."""
    cost, wanted = Fraction(0), lots
    for price, size in levels:
        passed = min(taken, size)
        taken -= passed
        part = min(wanted, size - passed)
        cost += price * part
        wanted -= part
    return (cost + beyond * wanted) / lots


def tolerated(side: int, quote: Quote, book: Book, policy: Policy) -> tuple[int, Sequence[tuple[int, int]]]:
    """(the furthest price within the slippage tolerance, the levels up to it)."""
    own = book.asks if side > 0 else book.bids
    limit = quote.mark_micros * (10_000 + side * policy.max_slippage_bps) // 10_000
    levels = [(level.price_micros, level.size_lots) for level in own]
    return limit, [level for level in levels if side * (level[0] - limit) <= 0]


def needs_a_far_level(side: int, depth: int, quote: Quote, book: Book, policy: Policy) -> bool:
    """Whether so many lots can be had only with levels beyond the tolerance."""
    own = book.asks if side > 0 else book.bids
    _, near = tolerated(side, quote, book, policy)
    return len(near) < len(own) and sum(size for _, size in near) < depth


def is_far(book: Book, quote: Quote, policy: Policy) -> bool:
    """Whether a best price is further from the mark than a price may be."""
    allowed = quote.mark_micros * Fraction(policy.max_price_deviation_bps, 10_000)
    bests = (book.bids[0].price_micros, book.asks[0].price_micros)
    return any(abs(best - quote.mark_micros) > allowed for best in bests)


def book_price(
    side: int,
    lots: int,
    taken: int,
    *,
    exposures: tuple[Fraction, Fraction],
    quote: Quote,
    book: Book,
    policy: Policy,
) -> tuple[Fraction, Fraction, Fraction]:
    """(price, half spread a unit, mid) of an order on a book.

    What is deeper than the snapshot costs the impact; what lies beyond the tolerance costs the tolerance at least.
    """
    own = book.asks if side > 0 else book.bids
    limit, near = tolerated(side, quote, book, policy)
    worst = near[-1][0] if near else quote.mark_micros
    beyond = worst * (1 + side * impact_rate(*exposures, policy))
    if len(near) < len(own):
        beyond = side * max(side * beyond, Fraction(side * limit))
    mid = Fraction(book.bids[0].price_micros + book.asks[0].price_micros, 2)
    return walk_price(side, lots, taken, near, beyond), side * (own[0].price_micros - mid), mid


def market_order_limit(instrument: Instrument) -> int:
    """The largest market order of the asset's class."""
    leverage = instrument.max_leverage
    millions = Fraction(30) if leverage >= 25 else 5 if leverage >= 20 else 2 if leverage >= 10 else HALF
    return int(millions * DOLLAR * DOLLAR)
