"""What a builder chooses from, in one read."""

from dataclasses import asdict
from typing import Any

from django.conf import settings

from apps.clones import graph
from apps.clones.graph.types import MODES, RULE_STRATEGIES
from apps.clones.graph.validate import MAX_BEHAVIOUR, MAX_CADENCE_MINUTES, MAX_NODES, WAKE_MOVE_BPS
from apps.clones.types import AUDITION_FEES_WEI
from apps.market.queries import list_assets


def catalogue() -> dict[str, Any]:
    """Streams, depths, modes, engines, strategies, tiers with their limits, assets and audition fees."""
    return {
        "streams": list(graph.STREAMS.values()),
        "bundles": [{"key": key, "streams": streams} for key, streams in graph.BUNDLES.items()],
        "modes": MODES,
        "engines": settings.STRATEGY_ENGINES,
        "strategies": RULE_STRATEGIES,
        "longest_cadence_minutes": MAX_CADENCE_MINUTES,
        "wake_move_bps": WAKE_MOVE_BPS,
        "longest_behaviour": MAX_BEHAVIOUR,
        "most_nodes": MAX_NODES,
        "tiers": [{"tier": tier, **asdict(limits)} for tier, limits in graph.LIMITS.items()],
        "assets": [asset for asset in list_assets() if not asset.is_delisted],
        "audition_fees": [
            {"model_strength": strength, "tier": tier, "wei": str(wei)}
            for strength, prices in AUDITION_FEES_WEI.items()
            for tier, wei in prices.items()
        ],
        "free_clones_per_user": settings.FREE_CLONES_PER_USER,
    }
