"""Reads of market memory: nothing here returns what was not knowable at the moment asked about."""

from apps.market.queries.board import MarketBoard
from apps.market.queries.candles import bars_in, closed_candles, latest_closes, price_tape
from apps.market.queries.capital import capital_for, capital_series, list_capital
from apps.market.queries.health import (
    STALE_AFTER,
    ingestion_health,
    last_success_with_rows,
    list_ingestion_runs,
    source_state,
)
from apps.market.queries.memory import DEFAULT_MEMORY, memory_at
from apps.market.queries.positioning import latest_contexts, list_contexts, list_funding
from apps.market.queries.prices import latest_book, latest_quote, latest_quotes
from apps.market.queries.registry import (
    base_interval_ms,
    get_asset,
    instrument,
    instruments,
    list_assets,
    list_registry,
    to_instrument,
)

__all__ = [
    "DEFAULT_MEMORY",
    "STALE_AFTER",
    "MarketBoard",
    "bars_in",
    "base_interval_ms",
    "capital_for",
    "capital_series",
    "closed_candles",
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
    "list_assets",
    "list_capital",
    "list_contexts",
    "list_funding",
    "list_ingestion_runs",
    "list_registry",
    "memory_at",
    "price_tape",
    "source_state",
    "to_instrument",
]
