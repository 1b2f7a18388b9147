"""The door of the kill switches; setting and lifting are dialogs of their admin page."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.console.acts import acts_of_list, acts_upon
from apps.console.market_data.figures import span
from apps.console.words import moment
from apps.operations import clock
from apps.operations.admin_columns import LABELS
from apps.trading import queries as trading
from apps.trading.queries.records import list_outages, list_switches
from apps.trading.types import AccountStatus

PAST_SHOWN = 20
ACCOUNTS_SHOWN = 50
HELD_BACK = (AccountStatus.HALTED, AccountStatus.REDUCE_ONLY, AccountStatus.PAUSED, AccountStatus.LOCKED)


@require_safe
@permission_required("trading.view_tradinghalt", raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """What stands, the accounts that are held back, prices that are silent, and what stood."""
    now = clock.now()
    switches = list_switches()
    accounts = trading.list_accounts(statuses=HELD_BACK)
    context = {
        **admin.site.each_context(request),
        "title": "Kill switches",
        "set": acts_of_list(switches.model, request),
        "standing": [_standing(halt, request, now) for halt in switches.filter(lifted_at__isnull=True)],
        "past": [_past(halt) for halt in switches.filter(lifted_at__isnull=False)[:PAST_SHOWN]],
        "accounts": [_account(account) for account in accounts[:ACCOUNTS_SHOWN]],
        "held_back": accounts.count(),
        "outages": [_outage(row, now) for row in list_outages().filter(ended_at__isnull=True)],
        "most": ACCOUNTS_SHOWN,
    }
    return TemplateResponse(request, "admin/halts.html", context)


def _standing(halt: Any, request: HttpRequest, now: datetime) -> dict[str, Any]:
    return {
        **_past(halt),
        "for": span(max(0, int((now - halt.set_at).total_seconds()))),
        "acts": acts_upon(halt, request),
    }


def _past(halt: Any) -> dict[str, Any]:
    return {
        "id": halt.pk,
        "over": halt.symbol or "Everything",
        "mode": halt.mode,
        "label": halt.get_mode_display(),
        "reason": halt.reason,
        "by": halt.set_by,
        "at": moment(halt.set_at),
        "lifted_by": halt.lifted_by,
        "lifted_reason": halt.lifted_reason,
        "lifted": moment(halt.lifted_at),
    }


def _account(account: Any) -> dict[str, str]:
    return {
        "name": account.clone.name,
        "number": f"{account.get_purpose_display()} {account.ordinal}",
        "status": account.get_status_display().replace("_", " "),
        "tone": LABELS.get(account.status, "warning"),
        "reason": account.status_reason,
        "url": reverse("console-account", args=[account.public_id]),
    }


def _outage(row: Any, now: datetime) -> dict[str, str]:
    lasts = span(max(0, int((now - row.began_at).total_seconds())))
    return {"symbol": row.symbol, "code": row.code, "since": moment(row.began_at), "for": lasts}
