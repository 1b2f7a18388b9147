"""The head of an account's page: its state, what it waits for, its figures and its positions."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.console.accounts import history
from apps.console.accounts.acts import account_acts
from apps.console.accounts.chart import equity_chart
from apps.console.accounts.story import money_page
from apps.console.market_data.figures import price
from apps.console.words import cents, moment, percent, size, tone
from apps.operations import queries as operations
from apps.operations.admin_columns import LABELS, money
from apps.trading import queries as trading

POINTS = 240


def account_page(account: Any, request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """Everything about one account at market time `now`, as plain values."""
    statement = trading.account_statement(account, now=now)
    series = trading.equity_series(account, limit=POINTS)
    story = money_page(account)
    return {
        "account": _head(account, statement),
        "acts": account_acts(account, request),
        "held": _held(account, now=now),
        "cards": _cards(account, statement, story),
        "chart": equity_chart(series, start_micros=account.starting_micros),
        "positions": [_position(one) for one in statement.positions],
        "exits": history.exits(account),
        "money": story,
        "orders": history.orders(account),
        "denials": _denials(account),
        "ledger": history.ledger(account),
        "policies": history.policies(account),
        "events": history.events(account),
    }


def _head(account: Any, statement: Any) -> dict[str, Any]:
    return {
        "id": account.public_id,
        "name": account.clone.name,
        "purpose": account.get_purpose_display(),
        "ordinal": account.ordinal,
        "status": account.get_status_display().replace("_", " "),
        "tone": LABELS.get(account.status, "info"),
        "reason": account.status_reason,
        "waits": [{"symbol": wait.symbol, "code": wait.code} for wait in statement.waits],
        "is_stale": statement.is_stale,
        "marked": moment(account.last_marked_at),
        "halts": [
            {"over": halt.symbol or "Everything", "mode": halt.mode, "reason": halt.reason}
            for halt in statement.halts
        ],
        "policy_sequence": account.policy_sequence,
        "opened": moment(account.opened_at),
        "closed": moment(account.closed_at) if account.closed_at else "",
        "clone_url": reverse("admin:clones_clone_change", args=[account.clone_id]),
        "public_url": f"/clones/{account.clone.public_id}",
        "row_url": reverse("admin:trading_propaccount_change", args=[account.pk]),
    }


def _held(account: Any, *, now: datetime) -> list[dict[str, str]]:
    waiting = operations.waiting_acts(now=now).filter(
        subject_type=account._meta.label_lower, subject_id=account.public_id
    )
    return [{"summary": act.summary, "by": act.asked_by_label, "at": moment(act.asked_at)} for act in waiting]


def _cards(account: Any, statement: Any, story: dict[str, Any]) -> list[dict[str, str]]:
    profit = statement.equity_micros - account.starting_micros
    share = profit * 10_000 // account.starting_micros
    return [
        _card(
            "Equity",
            money(statement.equity_micros),
            f"{cents(profit)}, {percent(share, is_signed=True)}",
            profit,
        ),
        _card("Cash", money(account.cash_micros), f"{money(statement.isolated_micros)} of it isolated"),
        _card(
            "Unrealised",
            cents(statement.unrealized_micros),
            f"on {money(statement.exposure_micros)} of exposure",
            statement.unrealized_micros,
        ),
        _card("Free margin", money(statement.free_micros), f"{money(statement.initial_micros)} taken"),
        _card("Maintenance", money(statement.maintenance_micros), "below it cross margin is liquidated"),
        _card(
            "Drawdown",
            percent(statement.drawdown_bps),
            f"worst {percent(account.max_drawdown_bps)}, peak {money(account.peak_micros)}",
        ),
        _card("Orders", f"{account.executed_count:,}", f"{story['traded']} traded"),
        _card("Fee-tier volume", money(account.volume_micros), "14 full days before today"),
    ]


def _card(title: str, value: str, note: str, amount: int = 0) -> dict[str, str]:
    return {"title": title, "value": value, "note": note, "tone": tone(amount)}


def _position(one: Any) -> dict[str, str]:
    liquidation = one.liquidation_micros
    return {
        "symbol": one.symbol,
        "side": "Long" if one.size_lots > 0 else "Short",
        "size": size(one.size_lots, one.size_decimals),
        "value": money(one.value_micros),
        "entry": price(one.entry_micros),
        "mark": price(one.mark_micros),
        "unrealized": cents(one.unrealized_micros),
        "tone": tone(one.unrealized_micros),
        "margin": f"{money(one.margin_micros)}",
        "mode": f"{one.leverage}x {'isolated' if one.is_isolated else 'cross'}",
        "liquidation": "none" if liquidation is None else price(liquidation),
    }


def _denials(account: Any) -> list[dict[str, Any]]:
    reasons = trading.denials_by_reason(account_ids=[account.pk])
    most = max(reasons.values(), default=1)
    ranked = sorted(reasons.items(), key=lambda item: -item[1])[:8]
    return [
        {
            "code": code,
            "text": code.replace("_", " ").capitalize(),
            "count": count,
            "share": count * 100 // most,
        }
        for code, count in ranked
    ]
