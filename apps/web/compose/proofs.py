"""The sealed days, and what an outsider needs to check them."""

from typing import Any

from apps.trading.queries import proofs
from apps.web import formats

MOST_DAYS = 31


def sealed_days() -> dict[str, Any]:
    """The latest days with their roots, newest first."""
    days = list(proofs.list_days()[: MOST_DAYS + 1])
    return {
        "days": [_day(day) for day in days[:MOST_DAYS]],
        "is_cut": len(days) > MOST_DAYS,
        "newest": days[0].date.isoformat() if days else "",
        "url": "/api/v1/proofs/days",
    }


def _day(day: Any) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "accounts": f"{day.leaves_count:,} account{'' if day.leaves_count == 1 else 's'}",
        "root": day.root,
        "tree": day.tree,
        "previous": day.previous_root or "none: this is the first day",
        "made_at": formats.moment(day.made_at),
    }
