"""The tests a price must pass before it counts."""

from collections.abc import Iterable, Mapping

from apps.exchange.prices import quote_problem
from apps.exchange.types import Policy, Quote
from apps.trading.models import Position


def price_faults(
    positions: Iterable[Position], quotes: Mapping[str, Quote], *, at_ms: int, policy: Policy
) -> dict[str, tuple[str, str]]:
    """Symbols whose price may not be used for these positions, each with its code and a sentence."""
    problems = {row.symbol: quote_problem(quotes.get(row.symbol), policy, at_ms) for row in positions}
    return {
        symbol: (str(problem.reason), problem.detail)
        for symbol, problem in problems.items()
        if problem is not None
    }
