"""The dashboard's figures, each from one domain's queries, as plain values."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.competition import queries as competition
from apps.competition.types import AuditionStatus
from apps.core.money import dollars
from apps.decisions import queries as decisions
from apps.economy.queries import desk as economy
from apps.market import queries as market
from apps.operations import queries as operations
from apps.trading import queries as trading
from apps.trading.types import OPEN_STATUSES, AccountStatus

LOOK_BACK = timedelta(hours=1)
MOST_REASONS = 8
CHART_STEPS = 60
CHART_COLOURS = ("#f0447c", "#3fb6ff", "#9be15d", "#ffb938", "#b79bff", "#5ee6c8", "#ff8f5e", "#d8c3a5")


def workers(*, real_now: datetime) -> list[dict[str, Any]]:
    """Every cadence with its health, the time since its last success and what the last run counted."""
    return [
        {
            "name": one.name,
            "purpose": one.purpose,
            "health": one.health,
            "age": _age(real_now - one.last_success_at) if one.last_success_at else "never",
            "latency": f"{one.latency_ms} ms",
            "seen": f"{one.seen:,}",
            "done": f"{one.done:,}" + (f", {one.failed:,} failed" if one.failed else ""),
            "error": one.errors[0] if one.errors else "",
        }
        for one in operations.list_workers(real_now=real_now)
    ]


def accounts() -> dict[str, Any]:
    """How many accounts stand in each state, and the equity of the open ones."""
    listed = list(trading.list_accounts().values_list("status", "equity_micros"))
    counts = Counter(status for status, _ in listed)
    equity = sum(micros for status, micros in listed if status in OPEN_STATUSES)
    total = max(len(listed), 1)
    states = [
        {"name": status.label, "count": counts[status.value], "share": counts[status.value] * 100 // total}
        for status in AccountStatus
        if counts[status.value]
    ]
    whole = dollars(equity).split(".")[0]
    return {
        "states": states,
        "open": sum(counts[status] for status in OPEN_STATUSES),
        "equity": f"${int(whole):,}",
    }


def last_hour(*, now: datetime) -> dict[str, Any]:
    """Decisions of the last market hour, and the verdicts given in it by outcome and reason of denial."""
    since = now - LOOK_BACK
    reasons = Counter(trading.denials_by_reason(since=since))
    most = max(reasons.values(), default=1)
    return {
        "runs": decisions.list_runs().filter(slot_at__gt=since, slot_at__lte=now).count(),
        **trading.count_verdicts(since=since),
        "reasons": [
            {
                "code": code,
                "text": code.replace("_", " ").capitalize(),
                "count": count,
                "share": count * 100 // most,
            }
            for code, count in reasons.most_common(MOST_REASONS)
        ],
    }


def arena() -> dict[str, Any]:
    """The standings, the auditions that run and the queue, as short rows."""
    standings = competition.arena_standings()
    colours = [*CHART_COLOURS, *[""] * len(standings)]
    return {
        "slots": settings.ARENA_SLOTS,
        "rows": [
            {
                "rank": row.rank or "–",
                "colour": colour,
                "name": row.clone_name,
                "pnl": _percent(row.return_bps),
                "up": row.return_bps >= 0,
                "fall": _percent(row.max_drawdown_bps).lstrip("+"),
                "orders": row.executed_orders,
                "url": f"/clones/{row.clone_public_id}",
            }
            for row, colour in zip(standings, colours, strict=False)
        ],
        "auditions": [
            {
                "name": view.clone_name,
                "progress": min(100, max(0, view.progress_bps // 100)),
                "orders": f"{view.executed_orders} of {view.min_orders} orders",
                "stand": _percent((view.equity - view.start) * 10_000 // view.start),
                "target": _percent((view.target_micros - view.start) * 10_000 // view.start),
                "url": f"/clones/{view.clone_public_id}",
            }
            for view in competition.list_auditions(status=AuditionStatus.RUNNING)
        ],
        "queue": [{"name": row.clone_name, "reason": row.reason} for row in competition.queue_entries()],
        "chart": json.dumps(_chart(standings)),
    }


def source() -> dict[str, str]:
    """Which price source feeds the market, and why."""
    chosen = market.source_state()
    if chosen is None:
        return {"label": "No price source yet", "reason": "the market stream has not started", "kind": "none"}
    return {"label": chosen.label, "reason": chosen.reason, "kind": chosen.name}


def market_data(*, now: datetime, real_now: datetime, speed: float) -> dict[str, Any]:
    """How many of the channels that feed the market are well, and how many prices are held back."""
    rows = market.ingestion_health(now, real_now=real_now, speed=speed).rows
    well = sum(1 for row in rows if row.is_ok)
    held = market.open_rejections(at=now).count()
    note = f"{held} {'price' if held == 1 else 'prices'} held back" if held else "no price held back"
    return {"value": f"{well} of {len(rows)}", "note": note, "is_warning": well < len(rows) or held > 0}


def money() -> dict[str, Any]:
    """What of the money path waits, as parts of one line; those that need somebody first."""
    found = economy.money_waiting()
    page, refunds = reverse("console-payments"), reverse("console-refunds")
    parts = [
        (found.unmatched, "payment", "bought nothing", f"{page}?view=unmatched", True),
        (found.refunds_waiting, "refund", "to approve", refunds, True),
        (found.findings, "finding", "open", reverse("console-reconciling"), True),
        (found.pending, "payment", "confirming", f"{page}?view=pending", False),
        (found.refunds_signed, "refund", "to be fetched", refunds, False),
    ]
    return {
        "is_warning": any(count for count, *_, needs in parts if needs),
        "parts": [
            {
                "count": count,
                "what": f"{noun}{'' if count == 1 else 's'} {state}",
                "url": url,
                "needs": bool(count) and needs,
            }
            for count, noun, state, url, needs in parts
        ],
    }


def _chart(standings: list[Any]) -> dict[str, Any]:
    lines = [
        (row, trading.equity_series(row.account_id, limit=200)) for row in standings[: len(CHART_COLOURS)]
    ]
    times = sorted(point.at for _, series in lines for point in series)
    if not times:
        return {"labels": [], "datasets": []}
    step = (times[-1] - times[0]) / CHART_STEPS
    marks = [times[0] + step * index for index in range(CHART_STEPS + 1)]
    shape = "%d %b %H:%M" if times[-1] - times[0] > timedelta(hours=20) else "%H:%M"
    return {
        "labels": [format(mark, shape) for mark in marks],
        "datasets": [
            {
                "label": row.clone_name,
                "data": _carried(series, marks, start=row.start),
                "borderColor": CHART_COLOURS[index],
                "displayYAxis": True,
                "suffixYAxis": "%",
                "maxTicksXLimit": 7,
            }
            for index, (row, series) in enumerate(lines)
        ],
    }


def _carried(series: list[Any], marks: list[datetime], *, start: int) -> list[float | None]:
    """The return in percent at each mark: the last known one, none before the first."""
    values: list[float | None] = []
    last: float | None = None
    points = iter(series)
    upcoming = next(points, None)
    for mark in marks:
        while upcoming is not None and upcoming.at <= mark:
            last = (upcoming.equity_micros - start) * 10_000 // start / 100
            upcoming = next(points, None)
        values.append(last)
    return values


def _percent(bps: int) -> str:
    return f"{'+' if bps > 0 else '−' if bps < 0 else ''}{abs(bps) // 100}.{abs(bps) % 100:02d}%"


def _age(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"
