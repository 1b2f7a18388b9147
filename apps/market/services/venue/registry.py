"""The registry's channel: what the source lists, refreshed hourly."""

from datetime import timedelta

from apps.market import queries
from apps.market.models import Asset
from apps.market.services.assets import register_assets
from apps.market.services.outcome import Outcome
from apps.market.services.venue.cycle import Cycle
from apps.market.types import Channel

REGISTRY_EVERY = timedelta(hours=1)


def ingest_registry(cycle: Cycle, outcome: Outcome) -> None:
    """Refresh the registry hourly; the other channels work with what is registered even when this fails."""
    cycle.assets = _active()
    last = queries.last_success_with_rows(Channel.ASSETS)
    if last is not None:
        outcome.saw(last)
    if cycle.assets and last is not None and timedelta(0) <= cycle.now - last < REGISTRY_EVERY:
        return

    def refresh() -> int:
        registered = register_assets(cycle.source, now=cycle.now)
        outcome.saw(cycle.now)
        for sentence in registered.vanished:
            outcome.leave_out(sentence)
        return registered.listed_count

    outcome.attempt("assets", refresh)
    cycle.assets = _active()


def _active() -> list[Asset]:
    return list(queries.list_priced().order_by("pk"))
