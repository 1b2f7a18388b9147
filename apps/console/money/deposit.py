"""One payment on one page: its place on the chain, what it bought or why not, what goes back, and every entry about it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.console.acts import acts_upon
from apps.console.money.books import entry_rows
from apps.console.money.rows import deposit_row, purchase_line, quote_row, refund_row, wallets_of
from apps.console.money.words import amount, dated
from apps.economy.queries import books, desk
from apps.economy.queries.deposits import list_sightings
from apps.economy.queries.purchases import owed_wei
from apps.economy.types import DepositStatus, RefundCause, SightingKind
from apps.operations import clock
from apps.operations import queries as operations

EVENTS_SHOWN = 25


def deposit_page(row: Any, request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """Everything about one deposit."""
    heads = {(one.chain_id, one.vault): one.head_number for one in desk.cursors()}
    needed = {one["chain_id"]: one["confirmations"] for one in settings.VAULTS}
    purchase = getattr(row, "purchase", None)
    offers = desk.quotes(text=str(row.nonce)).filter(chain_id=row.chain_id, resolver=row.resolver)
    refunds, wallets = list(desk.refunds(deposit=row)), wallets_of(request)
    owed = owed_wei(row)
    entries = books.list_entries(chain_id=row.chain_id, subject=row.public_id)
    for refund in refunds:
        entries += books.list_entries(chain_id=row.chain_id, subject=refund.public_id)
    return {
        "deposit": deposit_row(row, heads, needed, now, given=desk.given_back([row]).get(row.pk)),
        "row_url": reverse("admin:economy_deposit_change", args=[row.pk]),
        "vault": row.vault,
        "resolver": row.resolver,
        "block_hash": row.block_hash,
        "confirmed": dated(row.confirmed_at),
        "claimed_by": str(row.claimed_by) if row.claimed_by else "",
        "bought": purchase_line(purchase),
        "entitlement_url": _entitlement(purchase),
        "offers": [quote_row(one, now) for one in offers[:5]],
        "refunds": [refund_row(one, request, wallets, now) for one in refunds],
        "owed": [
            {"cause": RefundCause(cause).label, "amount": amount(wei)}
            for cause, wei in owed.items()
            if wei and cause != RefundCause.PURCHASE
        ],
        "acts": _acts(row, request, owed),
        "held": _held(row),
        "sightings": [_sighting(one) for one in list_sightings(row.public_id)],
        "entries": entry_rows(sorted(entries, key=lambda one: -one.sequence)),
        "events": _events([row, *refunds]),
    }


def _acts(row: Any, request: HttpRequest, owed: dict[str, int]) -> list[dict[str, str]]:
    """What the deposit's state allows this operator."""
    never = ["open_page"]
    if row.status != DepositStatus.CONFIRMED or not owed[RefundCause.UNMATCHED]:
        never += ["assign", "ask_refund"]
    if row.status != DepositStatus.CONFIRMED or not owed[RefundCause.SURPLUS]:
        never.append("ask_surplus")
    return acts_upon(row, request, without=never)


def _held(row: Any) -> list[dict[str, str]]:
    # Acts that wait are dated in market time, as everything that admin pages ask for.
    waiting = operations.waiting_acts(now=clock.now()).filter(
        subject_type=row._meta.label_lower, subject_id=row.public_id
    )
    return [{"summary": act.summary, "by": act.asked_by_label, "at": dated(act.asked_at)} for act in waiting]


def _entitlement(purchase: Any) -> str:
    if purchase is None:
        return ""
    return reverse("admin:clones_entitlement_change", args=[purchase.entitlement_id])


def _sighting(one: Any) -> dict[str, str]:
    return {
        "kind": SightingKind(one.kind).label,
        "code": one.kind,
        "at": dated(one.at),
        "block": f"{one.block_number:,}",
        "block_hash": one.block_hash,
        "tx": one.tx_hash,
        "index": str(one.log_index),
    }


def _events(rows: list[Any]) -> list[dict[str, str]]:
    """What people and workers did about the deposit and its refunds, newest first."""
    names = [row.public_id for row in rows]
    found = operations.list_audit_events().filter(subject_id__in=names)[:EVENTS_SHOWN]
    return [
        {
            "what": event.verb.removeprefix("economy.").replace(".", " ").replace("-", " ").capitalize(),
            "by": event.actor_label or event.actor_id,
            "at": dated(event.at),
            "reason": event.reason,
        }
        for event in found
    ]
