"""The auditions' page and the terms that the explanation quotes."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from apps.competition import queries as competition
from apps.competition.types import AuditionStatus, AuditionView, RulebookTerms
from apps.web import formats, links, paging, words
from apps.web.compose.arena import audition_row, identity

RUNNING_SHOWN = 50
MOST_RESULTS = 60
CHIPS = {"passed": "up", "failed": "down", "voided": "warn"}


def auditions(*, number: str, now: datetime) -> dict[str, Any]:
    """One page of the running auditions with their progress, and the latest results with their reasons."""
    total = competition.count_auditions(AuditionStatus.RUNNING)
    page = paging.turn(number, total=total, shown=RUNNING_SHOWN)
    running = competition.list_auditions(status=AuditionStatus.RUNNING, start=page.start, limit=RUNNING_SHOWN)
    return {
        "running": [audition_row(view, now=now) for view in running],
        "count": total,
        "pages": page,
        "results": [_result(view) for view in competition.latest_results(limit=MOST_RESULTS)],
    }


def terms() -> dict[str, Any]:
    """The default rulebook in words."""
    rules = RulebookTerms()
    return {
        "start": formats.dollars(rules.start_micros, places=0),
        "window": formats.span(timedelta(minutes=rules.window_minutes))
        if rules.window_minutes % 1440
        else f"{rules.window_minutes // 60} hours",
        "target": formats.percent(rules.profit_target_bps),
        "loss": formats.percent(-rules.max_loss_bps),
        "min_orders": rules.min_orders,
        "slots": settings.ARENA_SLOTS,
    }


def _result(view: AuditionView) -> dict[str, Any]:
    stand = formats.return_bps(start_micros=view.start, equity_micros=view.equity)
    return {
        **identity(view.clone_public_id, view.clone_name),
        "account_url": links.account(view.account_public_id),
        "verdict_url": links.audition(view.public_id),
        "when": formats.moment(view.result_at or view.started_at),
        "status": view.status.capitalize(),
        "chip": CHIPS.get(view.status, ""),
        "reason": words.audition_reason(view.reason),
        "rulebook": view.rulebook_title,
        "digest": view.rulebook_digest[:12],
        "pnl_text": formats.percent(stand),
        "tone": formats.tone(view.equity - view.start),
        "orders_text": f"{view.executed_orders} orders",
    }
