"""An account's standing exits and what became of earlier ones, for who may see them."""

from collections.abc import Mapping
from typing import Any

from apps.trading import queries as trading
from apps.trading.types import TriggerStatus
from apps.web import formats, links, words

MOST_PAST = 20
BPS = 10_000
CHIPS = {"fired": "up", "replaced": "", "cancelled": ""}


def exits(account: Any) -> dict[str, Any]:
    """Standing exits by asset with how far the mark is from them, and the latest past ones."""
    marks = trading.marks_of(account)
    standing = list(trading.list_standing(account))
    past = trading.list_triggers(account).exclude(status=TriggerStatus.STANDING)[:MOST_PAST]
    return {
        "standing": [{**_exit(row), "away": _away(row, marks)} for row in standing],
        "past": [_ended(row) for row in past],
    }


def _exit(row: Any) -> dict[str, str]:
    return {
        "id": row.public_id,
        "symbol": row.symbol,
        "symbol_url": links.market(row.symbol),
        "side": "Long" if row.side > 0 else "Short",
        "side_tone": "up" if row.side > 0 else "down",
        "kind": words.TRIGGERS[row.kind],
        "terms": _terms(row),
        "set": formats.moment(row.set_at),
    }


def _terms(row: Any) -> str:
    if row.kind == "time":
        return f"leaves at {formats.moment(row.expires_at)}"
    if row.kind == "trailing":
        best = formats.price(row.best_micros)
        return f"{formats.percent(row.trail_bps, signed=False)} behind the best mark, {best}"
    return f"at {formats.price(row.price_micros)}"


def _away(row: Any, marks: Mapping[str, int]) -> str:
    """How far the mark is from the level, in percent of the mark."""
    mark = marks.get(row.symbol)
    if mark is None or row.kind == "time":
        return ""
    level = row.price_micros
    if row.kind == "trailing":
        level = row.best_micros - row.side * row.best_micros * row.trail_bps // BPS
    return f"{formats.percent(abs(level - mark) * BPS // mark, signed=False)} away"


def _ended(row: Any) -> dict[str, str]:
    return {
        **_exit(row),
        "outcome": row.get_status_display(),
        "chip": CHIPS.get(row.status, ""),
        "why": words.TRIGGER_ENDS.get(row.status_reason, words.spelt_out(row.status_reason)),
        "ended": formats.moment(row.ended_at),
        "order": row.order.public_id if row.order else "",
    }
