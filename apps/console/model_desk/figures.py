"""What the page of models shows, as plain values: money, routes, faults and the last calls."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.console.market_data.figures import span
from apps.console.words import moment, percent
from apps.core import breaker
from apps.decisions import queries as decisions
from apps.decisions.services.model_rounds import breaker_name
from apps.decisions.types import CallFault, CallStatus, SpendScope
from apps.operations.admin_columns import LABELS, money

CALLS_SHOWN = 25
USERS_SHOWN = 5
NEARLY_SPENT_BPS = 8_000
TONES = {CallStatus.TAKEN: "success", CallStatus.PENDING: "info", CallStatus.DISCARDED: "warning"}


def figures(*, real_now: datetime) -> dict[str, Any]:
    """The whole page but its kill switches; days are those of UTC, in real time."""
    since = real_now.replace(hour=0, minute=0, second=0, microsecond=0)
    totals = decisions.model_totals(since=since)
    faults = decisions.model_faults(since=since)
    budgets = _budgets(real_now)
    routes = _routes(totals)
    return {
        "cards": _cards(totals, faults, budgets),
        "budgets": budgets,
        "routes": routes,
        "in_trouble": sorted({route["provider"] for route in routes if route["is_open"]}),
        "faults": [_fault(row) for row in faults],
        "calls": [_call(call) for call in decisions.list_model_calls(since=since)[:CALLS_SHOWN]],
    }


def _cards(
    totals: Sequence[Mapping[str, Any]], faults: Sequence[Mapping[str, Any]], budgets: list[dict[str, Any]]
) -> list[dict[str, str]]:
    calls, answers = _sum(totals, "calls"), _sum(totals, "answers")
    failed = sum(row["calls"] for row in faults)
    day = next(row for row in budgets if row["name"] == "Today")
    return [
        _card("Spent today", day["spent"], f"of {day['limit']}" if day["limit"] else "no budget is set"),
        _card("Under way", day["reserved"], "set aside for calls that have not ended"),
        _card("Calls today", f"{calls:,}", f"{answers:,} answered"),
        _card("Prompt cache", cached_share(totals), "of the tokens that went in were cached"),
        _card("Faults today", f"{failed:,}", "failed, refused, late or lost", is_warning=failed > 0),
    ]


def cached_share(totals: Sequence[Mapping[str, Any]]) -> str:
    """How many of the tokens that went in their providers had cached."""
    went_in = _sum(totals, "tokens_in")
    return percent(_sum(totals, "tokens_cached") * 10_000 // went_in) if went_in else "no tokens yet"


def _card(title: str, value: str, note: str, *, is_warning: bool = False) -> dict[str, str]:
    return {"title": title, "value": value, "note": note, "tone": "down" if is_warning else ""}


def _sum(totals: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(row[name] or 0 for row in totals)


def _budgets(real_now: datetime) -> list[dict[str, Any]]:
    """Today and all time, then the users who spent most today."""
    limits = settings.DECISION_BUDGETS
    rows = list(decisions.list_model_spend(on=real_now.date()))
    everything = {row.date: row for row in rows if row.scope == SpendScope.EVERYTHING}
    users = [row for row in rows if row.scope == SpendScope.USER and row.date][:USERS_SHOWN]
    return [
        _budget("Today", everything.get(real_now.date()), limits["day"]),
        _budget("All time", everything.get(None), limits["all_time"]),
        *(_budget(row.key, row, limits["user_day"]) for row in users),
    ]


def _budget(name: str, row: Any, limit: int) -> dict[str, Any]:
    spent, reserved = (row.spent_micros, row.reserved_micros) if row is not None else (0, 0)
    used = (spent + reserved) * 10_000 // limit if limit else 0
    return {
        "name": name,
        "spent": money(spent, is_exact=False),
        "reserved": money(reserved, is_exact=False),
        "limit": money(limit, is_exact=False) if limit else "",
        "calls": f"{row.calls_count if row is not None else 0:,}",
        "share": min(100, used // 100),
        "tone": "down" if used >= NEARLY_SPENT_BPS else "up",
    }


def _routes(totals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_model = {(row["provider"], row["model"]): row for row in totals}
    return [
        _route(strength, route, by_model.get((route.provider, route.model)))
        for strength, group in settings.DECISION_MODELS.items()
        for route in group
    ]


def _route(strength: str, route: Any, total: Mapping[str, Any] | None) -> dict[str, Any]:
    wait = breaker.wait_of(breaker_name(route.provider))
    taken = total or {}
    return {
        "strength": strength.capitalize(),
        "provider": route.provider,
        "model": route.model,
        "prices": " / ".join(
            money(each, is_exact=False) for each in (route.price_in, route.price_cached, route.price_out)
        ),
        "is_open": wait is not None,
        "breaker": "serving" if wait is None else f"left in peace, {span(round(wait))} more",
        "calls": f"{taken.get('calls', 0):,}",
        "cost": money(taken.get("cost") or 0, is_exact=False),
        "cached": cached_share([taken]) if total else "",
        "latency": f"{taken['latency']:,.0f} ms" if taken.get("latency") is not None else "",
    }


def _fault(row: Mapping[str, Any]) -> dict[str, Any]:
    status, fault = CallStatus(row["status"]), row["fault"]
    return {
        "provider": row["provider"],
        "code": fault or status.value,
        "says": CallFault(fault).label if fault else status.label,
        "calls": f"{row['calls']:,}",
        "url": f"{reverse('admin:decisions_modelcall_changelist')}?status__exact={status.value}&provider={row['provider']}",
    }


def _call(call: Any) -> dict[str, Any]:
    status = CallStatus(call.status)
    return {
        "at": moment(call.started_at),
        "route": f"{call.provider}/{call.model}",
        "status": status.label,
        "tone": TONES.get(status, LABELS.get("failed", "danger")),
        "detail": call.detail,
        "repair": call.is_repair,
        "tokens": f"{call.tokens_in_count:,} in, {call.tokens_cached_count:,} cached, {call.tokens_out_count:,} out",
        "cost": money(call.cost_micros, is_exact=True),
        "latency": f"{call.latency_ms:,} ms",
        "run": call.run.public_id if call.run is not None else "dry run",
        "url": reverse("admin:decisions_modelcall_change", args=[call.pk]),
    }
