"""The execution policy that a rulebook and a strategy ask of trading; every other rule is trading's default."""

from typing import Any

from apps.clones import queries as clones
from apps.competition.types import RulebookTerms


def policy_for(*, version: Any, terms: RulebookTerms) -> dict[str, object]:
    """The policy document of an account: the strategy's assets, and the rulebook's limit on the age of a price."""
    return {
        "allowed_symbols": list(clones.compiled(version).active_assets),
        "max_price_age_ms": terms.max_price_age_ms,
        "max_drawdown_bps": min(10_000, terms.max_loss_bps * 2),
    }
