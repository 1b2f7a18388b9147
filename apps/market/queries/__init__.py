"""Reads of market memory: nothing here returns what was not knowable at the moment asked about."""

from apps.market.queries.board import MarketBoard
from apps.market.queries.candles import bars_in, closed_candles, latest_closes, price_tape
from apps.market.queries.capital import capital_for, capital_series, list_capital
from apps.market.queries.citations import Cited, cited, missing_citations
from apps.market.queries.derived import liquidity_at, positioning_at
from apps.market.queries.features import FEATURE_CANDLES, features_at
from apps.market.queries.health import (
    STALE_AFTER,
    ingestion_health,
    last_success_with_rows,
    list_ingestion_runs,
    source_state,
)
from apps.market.queries.memory import DEFAULT_MEMORY, memory_at
from apps.market.queries.overview import AssetState, DayMove, asset_states, day_moves
from apps.market.queries.positioning import latest_contexts, list_contexts, list_funding
from apps.market.queries.predictions import list_predictions, newly_linked
from apps.market.queries.prices import (
    latest_book,
    latest_quote,
    latest_quotes,
    mark_ranges,
    prices_whole_since,
)
from apps.market.queries.registry import (
    base_interval_ms,
    get_asset,
    instrument,
    instruments,
    list_assets,
    list_priced,
    list_registry,
    to_instrument,
)
from apps.market.queries.rejections import list_rejections, open_rejections
from apps.market.queries.store import StoreSize, recent_runs, store_sizes

__all__ = [
    "DEFAULT_MEMORY",
    "FEATURE_CANDLES",
    "STALE_AFTER",
    "AssetState",
    "Cited",
    "DayMove",
    "MarketBoard",
    "StoreSize",
    "asset_states",
    "bars_in",
    "base_interval_ms",
    "capital_for",
    "capital_series",
    "cited",
    "closed_candles",
    "day_moves",
    "features_at",
    "get_asset",
    "ingestion_health",
    "instrument",
    "instruments",
    "last_success_with_rows",
    "latest_book",
    "latest_closes",
    "latest_contexts",
    "latest_quote",
    "latest_quotes",
    "liquidity_at",
    "list_assets",
    "list_capital",
    "list_contexts",
    "list_funding",
    "list_ingestion_runs",
    "list_predictions",
    "list_priced",
    "list_registry",
    "list_rejections",
    "mark_ranges",
    "memory_at",
    "missing_citations",
    "newly_linked",
    "open_rejections",
    "positioning_at",
    "price_tape",
    "prices_whole_since",
    "recent_runs",
    "source_state",
    "store_sizes",
    "to_instrument",
]
