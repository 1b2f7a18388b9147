"""When a price may be believed: present, fresh, positive and near the oracle."""

from collections.abc import Mapping

from apps.exchange.precision import is_within_bps
from apps.exchange.types import AccountState, Book, Denied, DenyReason, Instrument, Policy, Quote


def quote_problem(quote: Quote | None, policy: Policy, now_ms: int) -> Denied | None:
    """Return why the quote may not be used, or None when it is present, not held back, fresh and sane."""
    if quote is None:
        return Denied(DenyReason.PRICE_MISSING, "there is no price for the asset")
    if quote.fault:
        return Denied(
            DenyReason(quote.fault), f"{quote.fault}: a newer price is held back by the price guard"
        )
    if not 0 <= now_ms - quote.at_ms <= policy.max_price_age_ms:
        age = now_ms - quote.at_ms
        return Denied(DenyReason.PRICE_STALE, f"price is {age} ms old, allowed 0..{policy.max_price_age_ms}")
    oracle, bps = quote.oracle_micros, policy.max_price_deviation_bps
    if (
        oracle > 0
        and quote.mark_micros > 0
        and quote.mid_micros > 0
        and is_within_bps(quote.mark_micros, oracle, bps)
        and is_within_bps(quote.mid_micros, oracle, bps)
    ):
        return None
    return Denied(
        DenyReason.PRICE_NOT_SANE,
        f"mark {quote.mark_micros}, mid {quote.mid_micros}: not positive and within {bps} bps of {oracle}",
    )


def usable_book(book: Book | None, symbol: str, policy: Policy, now_ms: int) -> Book | None:
    """Return the book when it is this asset's, two-sided and fresh; otherwise None (the curve prices)."""
    if (
        book is not None
        and book.symbol == symbol
        and book.bids
        and book.asks
        and 0 <= now_ms - book.at_ms <= policy.max_price_age_ms
    ):
        return book
    return None


def book_problem(book: Book, quote: Quote, policy: Policy) -> Denied | None:
    """Return why a fresh book may not be walked: crossed, unsorted, non-positive or far from the mark."""
    bid, ask = book.bids[0].price_micros, book.asks[0].price_micros
    bps = policy.max_price_deviation_bps
    near = is_within_bps(bid, quote.mark_micros, bps) and is_within_bps(ask, quote.mark_micros, bps)
    if not (near and 0 < bid < ask):
        return Denied(
            DenyReason.BOOK_NOT_SANE, f"best bid {bid} and ask {ask} against mark {quote.mark_micros}"
        )
    previous = 0
    for level in book.asks:
        if not (level.price_micros > previous and level.size_lots > 0):
            return Denied(DenyReason.BOOK_NOT_SANE, "asks are not ascending and positive")
        previous = level.price_micros
    previous = ask
    for level in book.bids:
        if not (0 < level.price_micros < previous and level.size_lots > 0):
            return Denied(DenyReason.BOOK_NOT_SANE, "bids are not descending and positive")
        previous = level.price_micros
    return None


def marks_problem(
    state: AccountState,
    marks: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
) -> Denied | None:
    """Return why the open positions cannot be valued now, or None when each has a believable price.

    A shell asks this before it marks, snapshots, funds or liquidates an account.
    """
    for held in state.positions:
        if held.symbol not in instruments:
            return Denied(DenyReason.MARKS_MISSING, f"{held.symbol} is not a known instrument")
        problem = quote_problem(marks.get(held.symbol), policy, now_ms)
        if problem is not None:
            return Denied(DenyReason.MARKS_MISSING, f"{held.symbol}: {problem.detail}")
    return None
