"""Publishing rulebooks: the document's digest is its name, so publishing twice is publishing once."""

from datetime import datetime

from apps.competition.models import Rulebook
from apps.competition.types import RulebookTerms
from apps.core.errors import InvalidInput
from apps.core.json_strict import dumps_canonical, sha256_hex

BOUNDS: dict[str, tuple[int, int]] = {
    "window_minutes": (1, 60 * 24 * 90),
    "start_micros": (1_000_000, 10**15 - 1),
    "profit_target_bps": (1, 100_000),
    "max_loss_bps": (1, 10_000),
    "min_orders": (1, 100_000),
    "max_profit_share_bps": (1, 10_000),
    "max_price_age_ms": (1, 24 * 3_600_000),
}


def publish(*, terms: RulebookTerms, now: datetime) -> Rulebook:
    """Store the terms under their digest; the stored row where they exist. Terms out of bounds -> `InvalidInput`."""
    for name, (low, high) in BOUNDS.items():
        if not low <= getattr(terms, name) <= high:
            raise InvalidInput(f"{name} must lie between {low} and {high}.", code="RULEBOOK_INVALID")
    document = terms.document()
    rulebook, _ = Rulebook.objects.get_or_create(
        digest=sha256_hex(dumps_canonical(document)),
        defaults={"title": terms.title, "document": document, "published_at": now},
    )
    return rulebook
