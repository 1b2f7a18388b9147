"""What the pages of the money desk show, as plain values."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.console.acts import acts_of_list
from apps.console.money.rows import deposit_row, finding_row, quote_row, refund_row, stray_row, wallets_of
from apps.console.money.words import ago, amount, network, short
from apps.economy.queries import books, desk
from apps.economy.types import Book, DepositStatus, FindingKind, RefundStatus
from apps.operations import queries as operations

SHOWN = 50
FEW = 6
WORKERS = (
    "economy.scan-deposits",
    "economy.confirm-deposits",
    "economy.pay-refunds",
    "economy.reconcile-chain",
)
TABS = (
    ("overview", "Overview", "console-money"),
    ("payments", "Payments", "console-payments"),
    ("refunds", "Refunds", "console-refunds"),
    ("reconciling", "Reconciliation", "console-reconciling"),
    ("books", "Books", "console-books"),
)
VIEWS = (
    ("", "All"),
    ("unmatched", "Bought nothing"),
    (DepositStatus.PENDING.value, "Waiting"),
    (DepositStatus.CONFIRMED.value, "Confirmed"),
    (DepositStatus.REVERSED.value, "Reversed"),
    (DepositStatus.DROPPED.value, "Dropped"),
)


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of the desk with how much waits on each."""
    waiting = desk.money_waiting()
    counts = {
        "payments": waiting.unmatched,
        "refunds": waiting.refunds_waiting,
        "reconciling": waiting.findings,
    }
    return [
        {"title": title, "url": reverse(name), "is_here": key == here, "count": counts.get(key, 0)}
        for key, title, name in TABS
    ]


def overview(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """What waits for somebody, first of all; then how much there is, and how the chains are read."""
    waiting = desk.money_waiting()
    return {
        "waiting": waiting,
        "cards": _cards(waiting),
        "strays": _strays(request, now, FEW),
        "refunds": _refunds(request, now, RefundStatus.WAITING, FEW),
        "findings": [finding_row(row, request, now) for row in desk.findings(is_open=True)[:FEW]],
        "chains": chains(now=now),
        "few": FEW,
        "is_off": not settings.VAULTS,
    }


def _cards(waiting: desk.MoneyWaiting) -> list[dict[str, Any]]:
    return [
        _card(
            "Bought nothing",
            waiting.unmatched,
            "payments to decide about",
            "console-payments",
            "?view=unmatched",
        ),
        _card("Refunds to approve", waiting.refunds_waiting, "wait for a second person", "console-refunds"),
        _card("Findings", waiting.findings, "do not agree with the chain", "console-reconciling"),
        _card(
            "Confirming",
            waiting.pending,
            "payments wait for blocks",
            "console-payments",
            "?view=pending",
            calm=True,
        ),
        _card("To be fetched", waiting.refunds_signed, "refunds are signed", "console-refunds", calm=True),
    ]


def _card(
    title: str, value: int, note: str, page: str, query: str = "", *, calm: bool = False
) -> dict[str, Any]:
    return {
        "title": title,
        "value": f"{value:,}",
        "note": note,
        "url": reverse(page) + query,
        "tone": "warn" if value and not calm else "",
    }


def chains(*, now: datetime) -> list[dict[str, Any]]:
    """Each vault: how far it is read, what lies in it, and what went wrong last."""
    configured = {(one["chain_id"], one["address"], one["resolver"]): one for one in settings.VAULTS}
    found = []
    for row in desk.cursors():
        vault = configured.get((row.chain_id, row.vault, row.resolver))
        held = books.list_balances(row.chain_id)
        found.append(
            {
                "network": network(row.chain_id),
                "chain_id": row.chain_id,
                "vault": row.vault,
                "vault_short": short(row.vault),
                "is_configured": vault is not None,
                "providers": len(vault["rpc_urls"]) if vault else 0,
                "confirmations": vault["confirmations"] if vault else 0,
                "head": f"{row.head_number:,}",
                "behind": max(0, row.head_number - row.scanned_to),
                "withdrawals": f"{row.withdrawals_to:,}",
                "read": ago(row.succeeded_at, now),
                "reconciled": ago(row.reconciled_at, now),
                "round": f"{row.reconciled_to:,}" if row.reconciled_to else "",
                "error": row.last_error,
                "held": amount(held[Book.VAULT]),
                "books_url": f"{reverse('console-books')}?chain={row.chain_id}",
            }
        )
    return found


def payments(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """Deposits and offers: all, of one state, or of whom or what was searched for."""
    text, view = request.GET.get("q", "").strip()[:120], request.GET.get("view", "")
    if view == "unmatched":
        rows = desk.strays()
    else:
        status = view if view in DepositStatus.values else ""
        rows = desk.deposits(text=text, status=status)
    chosen = list(rows[:SHOWN])
    quotes = [] if view else list(desk.quotes(text=text)[: SHOWN if text else FEW])
    return {
        "q": text,
        "view": view,
        "views": [{"key": key, "title": title, "is_here": key == view} for key, title in VIEWS],
        "deposits": _deposits(chosen, request, now, is_stray=view == "unmatched"),
        "quotes": [quote_row(row, now) for row in quotes],
        "most": SHOWN,
        "is_more": len(chosen) == SHOWN,
    }


def refunds(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """Refunds by what they wait for, and those that are over."""
    over = (RefundStatus.PAID, RefundStatus.DENIED)
    rows = desk.refunds().filter(status__in=over).order_by("-settled_at", "-pk")
    return {
        "waiting": _refunds(request, now, RefundStatus.WAITING, SHOWN),
        "signed": _refunds(request, now, RefundStatus.SIGNED, SHOWN),
        "expired": _refunds(request, now, RefundStatus.EXPIRED, SHOWN),
        "over": [refund_row(row, request, (), now) for row in rows[:SHOWN]],
        "most": SHOWN,
    }


def reconciling(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """What does not agree, by kind; what did not; and how the workers of the money path fare."""
    opened = list(desk.findings(is_open=True)[: SHOWN * 2])
    strays = desk.strays().count()
    counts = Counter(row.kind for row in opened)
    workers = {one.name: one for one in operations.list_workers(real_now=now)}
    return {
        "findings": [finding_row(row, request, now) for row in opened],
        "strays": strays,
        "kinds": [{"label": FindingKind(kind).label, "count": count} for kind, count in counts.most_common()],
        "closed": [finding_row(row, request, now) for row in desk.findings(is_open=False)[:SHOWN]],
        "acts": acts_of_list(desk.cursors().model, request),
        "chains": chains(now=now),
        "workers": [_worker(workers[name], now) for name in WORKERS if name in workers],
    }


def _worker(one: Any, now: datetime) -> dict[str, Any]:
    return {
        "name": one.name,
        "purpose": one.purpose,
        "health": one.health,
        "success": ago(one.last_success_at, now),
        "seen": f"{one.seen:,}",
        "done": f"{one.done:,}",
        "failed": f"{one.failed:,}" if one.failed else "",
        "error": one.errors[0] if one.errors else "",
    }


def _strays(request: HttpRequest, now: datetime, limit: int) -> list[dict[str, Any]]:
    return _deposits(list(desk.strays()[:limit]), request, now, is_stray=True)


def _deposits(
    rows: list[Any], request: HttpRequest, now: datetime, *, is_stray: bool
) -> list[dict[str, Any]]:
    heads = {(row.chain_id, row.vault): row.head_number for row in desk.cursors()}
    needed = {one["chain_id"]: one["confirmations"] for one in settings.VAULTS}
    given = desk.given_back(rows)
    lines = [(row, deposit_row(row, heads, needed, now, given=given.get(row.pk))) for row in rows]
    return [stray_row(row, line, request) if is_stray else line for row, line in lines]


def _refunds(request: HttpRequest, now: datetime, status: str, limit: int) -> list[dict[str, Any]]:
    # Whoever waits longest comes first.
    rows = desk.refunds(status=status).order_by("asked_at", "pk")
    wallets = wallets_of(request)
    return [refund_row(row, request, wallets, now) for row in rows[:limit]]
