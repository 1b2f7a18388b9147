"""Deposits, offers, refunds and findings as the desk's lists show them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.console.acts import acts_upon
from apps.console.money.words import ADVICE, ago, amount, chip, dated, left, lines_of, network, short
from apps.economy.types import DepositStatus, FindingKind, RefundCause, RefundStatus, UnmatchedReason
from apps.users import queries as users

SUBJECT_PAGES = ("dep_",)
DECIDABLE = (RefundStatus.WAITING, RefundStatus.EXPIRED)


def deposit_row(
    row: Any, heads: dict[tuple[int, str], int], needed: dict[int, int], now: datetime, *, given: Any = None
) -> dict[str, Any]:
    """A deposit with where it stands and what it bought."""
    head = heads.get((row.chain_id, row.vault), 0)
    depth = max(0, head - row.block_number + 1) if row.tx_hash else 0
    most = needed.get(row.chain_id, 0)
    purchase = getattr(row, "purchase", None)
    return {
        "id": row.public_id,
        "url": reverse("console-deposit", args=[row.public_id]),
        "amount": amount(row.amount_wei),
        "payer": row.payer_address,
        "payer_short": short(row.payer_address),
        "network": network(row.chain_id),
        "chip": _deposit_chip(row, given),
        "is_decided": given is not None,
        "is_pending": row.status == DepositStatus.PENDING,
        "depth": depth,
        "needed": most,
        "share": min(100, depth * 100 // most) if most else 0,
        "reason": UnmatchedReason(row.unmatched_reason).label if row.unmatched_reason else "",
        "code": row.unmatched_reason,
        "bought": purchase_line(purchase),
        "block": f"{row.block_number:,}" if row.tx_hash else "",
        "tx": row.tx_hash,
        "tx_short": short(row.tx_hash),
        "nonce": str(row.nonce),
        "seen": ago(row.first_seen_at, now),
        "seen_at": dated(row.first_seen_at),
        "waits": ago(row.confirmed_at, now).removesuffix(" ago") if row.confirmed_at else "",
    }


def _deposit_chip(row: Any, given: Any) -> dict[str, str]:
    """The state of a deposit: of one that bought nothing why, unless it is being given back."""
    if given is not None:
        label = {RefundStatus.WAITING: "Refund waits", RefundStatus.SIGNED: "Refund signed"}
        return chip(label.get(given.status, "Given back"), given.status)
    if row.unmatched_reason:
        return {"label": row.unmatched_reason, "tone": "danger"}
    return chip(DepositStatus(row.status).label, row.status)


def purchase_line(purchase: Any) -> dict[str, str] | None:
    """What a deposit bought, in a line."""
    if purchase is None:
        return None
    return {
        "id": purchase.public_id,
        "clone": purchase.clone.name,
        "clone_url": reverse("admin:clones_clone_change", args=[purchase.clone_id]),
        "user": str(purchase.user),
        "tier": purchase.quote.get_tier_display(),
        "chip": chip(purchase.get_status_display(), purchase.status),
        "has_surplus": purchase.surplus_wei > 0,
        "surplus": amount(purchase.surplus_wei),
        "fee": amount(purchase.fee_wei),
    }


def stray_row(row: Any, line: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """A deposit that somebody has to decide about, with what may be done."""
    return line | {"acts": acts_upon(row, request, without=("ask_surplus", "open_page"))}


def refund_row(row: Any, request: HttpRequest, wallets: Collection[str], now: datetime) -> dict[str, Any]:
    """A refund, who wants it, and what this operator, whose wallets these are, may do about it."""
    is_mine = row.asked_by_id == request.user.pk
    is_payee = row.payee_address in wallets
    hidden = ("approve",) if is_mine or is_payee else ()
    return {
        "id": row.public_id,
        "row_url": reverse("admin:economy_refund_change", args=[row.pk]),
        "deposit": row.deposit.public_id,
        "deposit_url": reverse("console-deposit", args=[row.deposit.public_id]),
        "cause": RefundCause(row.cause).label,
        "amount": amount(row.amount_wei),
        "payee": row.payee_address,
        "payee_short": short(row.payee_address),
        "network": network(row.chain_id),
        "chip": chip(RefundStatus(row.status).label, row.status),
        "reason": row.reason,
        "asked_by": str(row.asked_by) if row.asked_by else "nobody",
        "asked": ago(row.asked_at, now),
        "asked_at": dated(row.asked_at),
        "approved_by": str(row.approved_by) if row.approved_by else "",
        "left": left(row.deadline_at, now),
        "deadline": dated(row.deadline_at),
        "settled": dated(row.settled_at),
        "tx": row.paid_tx_hash,
        "tx_short": short(row.paid_tx_hash),
        "is_mine": is_mine,
        "is_payee": is_payee and not is_mine,
        "authorisation": row.authorisation.public_id if row.authorisation else "",
        "acts": acts_upon(row, request, without=hidden) if row.status in DECIDABLE else [],
    }


def wallets_of(request: HttpRequest) -> set[str]:
    """The wallets of who looks: nobody approves what they would get."""
    return set(users.list_wallets(request.user).values_list("address", flat=True))  # type: ignore[arg-type]  # who is here is signed in


def finding_row(row: Any, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What does not agree, since when, and what to do."""
    kind = FindingKind(row.kind)
    return {
        "id": row.public_id,
        "kind": kind.label,
        "code": row.kind,
        "network": network(row.chain_id),
        "subject": row.subject,
        "subject_short": short(row.subject),
        "url": reverse("console-deposit", args=[row.subject])
        if row.subject.startswith(SUBJECT_PAGES)
        else "",
        "lines": lines_of(row.detail),
        "found": ago(row.found_at, now),
        "seen": ago(row.seen_at, now),
        "advice": ADVICE[kind],
        "closed": dated(row.closed_at),
        "because": row.closed_because,
        "acts": acts_upon(row, request) if row.closed_at is None else [],
    }


def quote_row(row: Any, now: datetime) -> dict[str, Any]:
    """An offer: to whom, for what, at which price, and what became of it."""
    purchase = getattr(row, "purchase", None)
    return {
        "id": row.public_id,
        "url": reverse("admin:economy_quote_change", args=[row.pk]),
        "user": str(row.user),
        "wallet": row.wallet_address,
        "wallet_short": short(row.wallet_address),
        "for": row.clone.name if row.clone else f"{row.clone_name} (new)",
        "tier": f"{row.get_tier_display()}, {row.asset_capacity} assets, {row.get_model_strength_display().lower()}",
        "fee": amount(row.fee_wei),
        "nonce": str(row.nonce),
        "network": network(row.chain_id),
        "chip": chip(row.get_status_display(), row.status),
        "issued": dated(row.issued_at),
        "expires": dated(row.expires_at),
        "left": left(row.expires_at, now) if row.expires_at > now else "",
        "purchase": purchase.public_id if purchase else "",
    }
