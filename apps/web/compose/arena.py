"""The Arena's page: the leaderboard with curves, running auditions and the promotion queue."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from apps.competition import queries as competition
from apps.competition.types import AuditionStatus, AuditionView, QueueRow, RulebookTerms, Standing
from apps.core.moments import to_ms
from apps.trading import queries as trading
from apps.trading.types import EquityPoint
from apps.web import curves, formats, links, sigils
from apps.web.compose.market_strip import strip

CURVE_POINTS = 160
SPARK_POINTS = 48
MIDDLE = 500
"""Permille of an audition's track at which its start stands."""

FRAME = {"id": "", "url": "#", "account_url": "#", "at": 0, "zero": 0, "hue": "", "tone": "flat"}


def arena(*, now: datetime, speed: float) -> dict[str, Any]:
    """Everything that the Arena's page shows at market time `now`."""
    standings = competition.arena_standings()
    running = competition.list_auditions(status=AuditionStatus.RUNNING)
    queue = competition.queue_entries()
    hues = sigils.hues([row.clone_public_id for row in standings])
    series = {row.account_id: trading.equity_series(row.account_id, limit=CURVE_POINTS) for row in standings}
    return {
        "market": strip(now=now, speed=speed),
        "stats": {
            "start_text": formats.dollars(RulebookTerms().start_micros, places=0),
            "filled": len(standings),
            "slots": settings.ARENA_SLOTS,
            "free": _free(settings.ARENA_SLOTS - len(standings)),
            "auditions": competition.count_auditions(AuditionStatus.RUNNING),
            "orders": f"{trading.count_orders():,}",
        },
        "rows": [
            _row(row, series[row.account_id], hue=hues[row.clone_public_id], now=now) for row in standings
        ],
        "curves": [_curve(row, series[row.account_id], hue=hues[row.clone_public_id]) for row in standings],
        "auditions": [audition_row(view, now=now) for view in running],
        "queue": [_queue_row(place, row, now=now) for place, row in enumerate(queue, start=1)],
    }


def _free(slots: int) -> str:
    if slots <= 0:
        return "Every slot is taken"
    return f"{slots} slot{'' if slots == 1 else 's'} free"


def identity(public_id: str, name: str, *, hue: str | None = None) -> dict[str, Any]:
    """What a page needs to show a clone: name, address, emblem and colour."""
    return {
        "name": name,
        "url": f"/clones/{public_id}",
        "sigil": sigils.path(public_id),
        "hue": hue or sigils.hue(public_id),
    }


def audition_row(view: AuditionView, *, now: datetime) -> dict[str, Any]:
    """A running audition: where its equity stands between loss limit and target, in permille.

    The start is in the middle: each half has its own scale, so that a near target beside a far limit can
    still be read.
    """
    stand = formats.return_bps(start_micros=view.start, equity_micros=view.equity)
    return {
        **identity(view.clone_public_id, view.clone_name),
        "id": view.public_id,
        "pnl_text": formats.percent(stand),
        "tone": formats.tone(view.equity - view.start),
        "at": _place(view),
        "zero": MIDDLE,
        "orders_text": _progress(view),
        "left_text": _left(view.ends_at - now),
        "target_text": f"target {_goal(view.start, view.target_micros)}",
        "floor_text": f"limit {_goal(view.start, view.floor_micros)}",
    }


def _place(view: AuditionView) -> int:
    moved = view.equity - view.start
    reach = view.target_micros - view.start if moved > 0 else view.start - view.floor_micros
    return min(2 * MIDDLE, max(0, MIDDLE + moved * MIDDLE // max(reach, 1)))


def _progress(view: AuditionView) -> str:
    if view.executed_orders < view.min_orders:
        return f"{view.executed_orders} of {view.min_orders} orders"
    return f"{view.executed_orders} orders, enough"


def _left(left: timedelta) -> str:
    return f"{formats.span(left)} left" if left > timedelta(0) else "time is up, being judged"


def _goal(start: int, goal: int) -> str:
    return formats.percent(formats.return_bps(start_micros=start, equity_micros=goal))


def _row(row: Standing, series: list[EquityPoint], *, hue: str, now: datetime) -> dict[str, Any]:
    points = curves.thin([(0, point.equity_micros) for point in series], most=SPARK_POINTS)
    spark = curves.sparkline([value for _, value in points])
    return {
        **identity(row.clone_public_id, row.clone_name, hue=hue),
        "id": row.membership_public_id,
        "account_url": links.account(row.account_public_id),
        "rank": row.rank or "–",
        "slot_text": f"Slot {row.slot_number} · in for {formats.span(now - row.since)}",
        "pnl_text": formats.percent(row.return_bps),
        "profit_text": formats.signed_dollars(row.equity - row.start),
        "tone": formats.tone(row.equity - row.start),
        "equity_text": formats.dollars(row.equity),
        "drawdown_text": formats.percent(row.max_drawdown_bps, signed=False),
        "orders_text": f"{row.executed_orders:,}",
        "spark": spark,
        "area": curves.area(spark),
    }


def _curve(row: Standing, series: list[EquityPoint], *, hue: str) -> dict[str, Any]:
    points = [
        [
            to_ms(point.at),
            formats.return_bps(start_micros=row.start, equity_micros=point.equity_micros),
        ]
        for point in series
    ]
    return {"id": row.membership_public_id, "name": row.clone_name, "hue": hue, "points": points}


def _queue_row(place: int, row: QueueRow, *, now: datetime) -> dict[str, Any]:
    waited = f"waiting {formats.span(now - row.waiting_since)}"
    return {
        **identity(row.clone_public_id, row.clone_name),
        "id": f"queue-{row.sequence}",
        "position": place,
        "waited_text": f"{waited} · {row.reason}" if row.reason else waited,
    }
