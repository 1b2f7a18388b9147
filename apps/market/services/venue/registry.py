"""The registry's channel: what the source lists, refreshed hourly."""

from datetime import timedelta

from django.core.cache import cache

from apps.core.errors import AdapterError
from apps.market import queries
from apps.market.models import Asset
from apps.market.services.assets import register_assets
from apps.market.services.outcome import Outcome
from apps.market.services.venue.cycle import Cycle
from apps.market.types import Channel

REGISTRY_EVERY = timedelta(hours=1)
ASK_AGAIN_SECONDS = 300
"""A list that could not be read is not asked for at every cycle; its failure stands meanwhile."""


def ingest_registry(cycle: Cycle, outcome: Outcome) -> None:
    """Refresh the registry hourly; the other channels work with what is registered even when this fails."""
    cycle.assets = _active()
    last = queries.last_success_with_rows(Channel.ASSETS)
    if last is not None:
        outcome.saw(last)
    if cycle.assets and last is not None and timedelta(0) <= cycle.now - last < REGISTRY_EVERY:
        return

    def refresh() -> int:
        refused = cache.get(_refused_key(cycle)) if cycle.assets else None
        if refused:
            raise AdapterError(refused[0], transient=False, fault=refused[1])
        try:
            registered = register_assets(cycle.source, now=cycle.now)
        except AdapterError as error:
            if not error.transient:
                cache.set(_refused_key(cycle), (error.detail, error.fault), ASK_AGAIN_SECONDS)
            raise
        outcome.saw(cycle.now)
        for sentence in registered.vanished:
            outcome.leave_out(sentence)
        return registered.listed_count

    outcome.attempt("assets", refresh)
    cycle.assets = _active()


def _refused_key(cycle: Cycle) -> str:
    return f"market:registry-refused:{cycle.source.name}"


def _active() -> list[Asset]:
    return list(queries.list_priced().order_by("pk"))
