"""The tests a price must pass before it counts."""

from collections.abc import Iterable, Mapping

from apps.exchange.prices import quote_problems
from apps.exchange.types import Policy, Quote
from apps.trading.models import Position


def price_faults(
    positions: Iterable[Position], quotes: Mapping[str, Quote], *, at_ms: int, policy: Policy
) -> dict[str, tuple[str, str]]:
    """Symbols whose price may not be used for these positions, each with its code and a sentence."""
    problems = quote_problems((row.symbol for row in positions), quotes, policy, at_ms)
    return {symbol: (str(problem.reason), problem.detail) for symbol, problem in problems.items()}
