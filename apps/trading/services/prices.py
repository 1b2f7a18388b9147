"""The tests a price must pass before it counts."""

from collections.abc import Iterable, Mapping

from apps.core.moments import to_ms
from apps.exchange.prices import quote_problem
from apps.exchange.types import Policy, Quote
from apps.trading.models import Position

JUMP_BPS = 5_000
"""A mark this far from the last accepted one, or farther, waits for a second, agreeing quote."""
AGREE_BPS = 1_000


def is_jump(position: Position, quote: Quote) -> bool:
    """Whether the mark is too far from the last accepted one and no earlier quote agrees with it."""
    if position.mark_micros is None:
        return False
    if abs(quote.mark_micros - position.mark_micros) * 10_000 < position.mark_micros * JUMP_BPS:
        return False
    seen_before = position.suspect_at is not None and to_ms(position.suspect_at) < quote.at_ms
    agrees = (
        position.suspect_micros is not None
        and abs(quote.mark_micros - position.suspect_micros) * 10_000 <= position.suspect_micros * AGREE_BPS
    )
    return not (seen_before and agrees)


def price_faults(
    positions: Iterable[Position], quotes: Mapping[str, Quote], *, at_ms: int, policy: Policy
) -> dict[str, tuple[str, str]]:
    """Symbols whose price may not be used for these positions, each with its code and a sentence."""
    faults: dict[str, tuple[str, str]] = {}
    for position in positions:
        quote = quotes.get(position.symbol)
        problem = quote_problem(quote, policy, at_ms)
        if problem is not None:
            faults[position.symbol] = (str(problem.reason), problem.detail)
        elif quote is not None and is_jump(position, quote):
            detail = f"mark {quote.mark_micros} after {position.mark_micros} waits for a second quote"
            faults[position.symbol] = ("PRICE_JUMP", detail)
    return faults
