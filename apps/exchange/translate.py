"""From the frozen values of `types` to bare figures and back: the only place that knows both."""

from collections.abc import Sequence
from functools import lru_cache

from apps.exchange.figures import FLAT, NO_DEPTH, Depth, Held, Order, Price, Rules, Terms
from apps.exchange.tiers import deductions
from apps.exchange.types import (
    ActionKind,
    Book,
    BookLevel,
    Instrument,
    OrderIntent,
    Policy,
    Position,
    Quote,
)

KINDS = {kind: number for number, kind in enumerate(ActionKind)}


@lru_cache(maxsize=4_096)
def terms_of(instrument: Instrument) -> Terms:
    """Return an instrument's figures; one without tiers has a single tier of its maximum leverage."""
    bounds: tuple[int, ...] = tuple(tier.lower_bound_micros for tier in instrument.tiers) or (0,)
    leverages = tuple(tier.max_leverage for tier in instrument.tiers) or (instrument.max_leverage,)
    return Terms(
        instrument.size_decimals,
        10**instrument.size_decimals,
        instrument.max_leverage,
        int(instrument.is_delisted),
        int(instrument.only_isolated),
        bounds,
        leverages,
        deductions(bounds, leverages),
    )


def order_of(intent: OrderIntent) -> Order:
    """Return an intent's figures; names are left to whoever holds them."""
    return Order(
        KINDS[intent.kind],
        int(intent.side),
        intent.size_lots,
        intent.notional_micros,
        intent.leverage,
        int(intent.reduce_only),
        int(intent.is_isolated),
        intent.stop_micros,
        intent.trail_bps,
        intent.target_micros,
        intent.hold_ms,
    )


def price_of(quote: Quote, now_ms: int, fault: int = 0) -> Price:
    """Return a quote's figures with its age at `now_ms`; `fault` is the number of the gate that refuses it."""
    return Price(
        quote.mark_micros,
        quote.oracle_micros,
        quote.mid_micros,
        quote.funding_rate_e10,
        now_ms - quote.at_ms,
        fault,
    )


def depth_of(book: Book | None, side: int) -> Depth:
    """Return the side of a two-sided book that an order of this side walks; empty without a book."""
    if book is None:
        return NO_DEPTH
    if side > 0:
        return _depth(book.asks, book.bids)
    return _depth(book.bids, book.asks)


def _depth(levels: Sequence[BookLevel], others: Sequence[BookLevel]) -> Depth:
    return Depth(
        tuple(level.price_micros for level in levels),
        tuple(level.size_lots for level in levels),
        others[0].price_micros,
    )


def held_of(position: Position | None) -> Held:
    """Return a position's figures; FLAT where there is none."""
    if position is None:
        return FLAT
    return Held(
        position.size_lots,
        position.cost_micros,
        position.leverage,
        int(position.is_isolated),
        position.margin_micros,
    )


def position_of(symbol: str, held: Held) -> Position | None:
    """Return the position that the figures describe; None when flat."""
    if held.size == 0:
        return None
    return Position(symbol, held.size, held.cost, held.leverage, bool(held.is_isolated), held.margin)


def rules_of(policy: Policy) -> Rules:
    """Return the numbers of a policy."""
    return Rules(
        policy.taker_fee_rate_e10,
        int(policy.has_fee_tiers),
        policy.max_leverage,
        policy.max_position_micros,
        policy.max_exposure_micros,
        policy.max_net_exposure_micros,
        policy.max_account_leverage,
        policy.max_open_positions,
        policy.min_notional_micros,
        policy.max_price_age_ms,
        policy.max_price_deviation_bps,
        policy.max_slippage_bps,
        policy.max_actions_per_window,
        policy.cooldown_ms,
        policy.half_spread_rate_e10,
        policy.impact_rate_e10,
        policy.impact_depth_micros,
    )
