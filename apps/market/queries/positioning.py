"""Reads of positioning and funding; nothing here ever returns what was not knowable at the moment asked about.

Ready statements: a decision makes four of these reads, and composing them took longer than making them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from apps.core.moments import read_moment
from apps.core.tables import ask, marks, moment
from apps.market.models import Asset, AssetContext, FundingRate
from apps.market.types import ContextValue, FundingValue

_ASSETS, _CONTEXTS, _RATES = (model._meta.db_table for model in (Asset, AssetContext, FundingRate))
_ONE = f"asset_id = (SELECT id FROM {_ASSETS} WHERE symbol = %s)"
_CONTEXT = (
    "CAST(at AS text), open_interest_micros, day_notional_micros, day_base_micros, previous_day_micros,"
    " premium_e10, impact_bid_micros, impact_ask_micros, CAST(knowable_at AS text)"
)
_RATE = "CAST(hour_at AS text), rate_e10, premium_e10, CAST(knowable_at AS text)"
_CONTEXTS_OF = f"SELECT {_CONTEXT} FROM {_CONTEXTS} WHERE {_ONE} AND at <= %s AND knowable_at <= %s"
_RATES_OF = f"SELECT {_RATE} FROM {_RATES} WHERE {_ONE} AND hour_at <= %s AND knowable_at <= %s"


def list_contexts(
    symbol: str, *, at: datetime, limit: int, before: datetime | None = None
) -> list[ContextValue]:
    """Return the newest contexts knowable at `at` (of moments earlier than `before`), ascending, at most `limit`."""
    rows = _newest(_CONTEXTS_OF, "at", limit, [symbol, moment(at), moment(at)], before)
    return [_context(row) for row in reversed(rows)]


def latest_contexts(symbols: Iterable[str], *, at: datetime) -> dict[str, ContextValue]:
    """Return the last context of each symbol that has one; one indexed read for all."""
    wanted = list(symbols)
    if not wanted:
        return {}
    newest = (
        f"SELECT n.id FROM {_CONTEXTS} n WHERE n.asset_id = a.id AND n.at <= %s AND n.knowable_at <= %s"
        " ORDER BY n.at DESC LIMIT 1"
    )
    sql = (
        f"SELECT a.symbol, {_CONTEXT} FROM {_ASSETS} a JOIN {_CONTEXTS} c ON c.id = ({newest})"
        f" WHERE a.symbol IN ({marks(wanted)})"
    )
    return {row[0]: _context(row[1:]) for row in ask(sql, [moment(at), moment(at), *wanted])}


def list_funding(
    symbol: str, *, at: datetime, limit: int, before: datetime | None = None
) -> list[FundingValue]:
    """Return the newest hourly rates knowable at `at` (of hours earlier than `before`), ascending, at most `limit`."""
    rows = _newest(_RATES_OF, "hour_at", limit, [symbol, moment(at), moment(at)], before)
    return [
        FundingValue(read_moment(hour), rate, premium, read_moment(known))
        for hour, rate, premium, known in reversed(rows)
    ]


def _newest(rows: str, column: str, limit: int, of: list[Any], before: datetime | None) -> list[Any]:
    """The last `limit` of the rows that `of` picks, newest first."""
    earlier = "" if before is None else f" AND {column} < %s"
    given = of if before is None else [*of, moment(before)]
    return ask(f"{rows}{earlier} ORDER BY {column} DESC LIMIT %s", [*given, limit])


def _context(row: Sequence[Any]) -> ContextValue:
    taken, *values, known = row
    return ContextValue(*[read_moment(taken), *values, read_moment(known)])
