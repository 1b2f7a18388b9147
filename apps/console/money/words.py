"""How wei, chains, addresses and the states of payments read on the money desk."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.console.market_data.figures import span
from apps.console.words import moment
from apps.economy.types import (
    NETWORKS,
    DepositStatus,
    FindingKind,
    PurchaseStatus,
    QuoteStatus,
    RefundStatus,
)
from apps.operations.admin_columns import ether

TONES: Mapping[str, str] = {
    DepositStatus.PENDING: "warning",
    DepositStatus.CONFIRMED: "success",
    DepositStatus.DROPPED: "",
    DepositStatus.REVERSED: "danger",
    PurchaseStatus.REFUNDED: "warning",
    QuoteStatus.OPEN: "",
    QuoteStatus.USED: "success",
    QuoteStatus.EXPIRED: "",
    RefundStatus.WAITING: "warning",
    RefundStatus.DENIED: "danger",
    RefundStatus.SIGNED: "warning",
    RefundStatus.PAID: "success",
}
ADVICE = {
    FindingKind.ORPHAN_DEPOSIT: "Let it buy an offer, or give it back: on the payment's page.",
    FindingKind.MISSING_DEPOSIT: "It is scanned in by the next reconciling; if not, look at the provider.",
    FindingKind.MISSING_EVENT: "Ask another provider. If the chain really lacks it, the row was altered.",
    FindingKind.DOUBLE: "Look at the journal of the subject; nothing is deleted, a correction is a new entry.",
    FindingKind.MISSING_GRANT: "Look at the grant: who withdrew it, and why.",
    FindingKind.REORG: "Wait whether it comes back; what it bought is frozen. Close it when the loss is accepted.",
    FindingKind.DISAGREEMENT: "Nothing is granted while providers differ. Look at each of them.",
    FindingKind.UNREAD: "Nothing is paid in or out meanwhile. Its cursor says why; reread_vault sets a wrong head right.",
    FindingKind.WRONG_CHAIN: "The provider is not asked any more. Check its address in the settings.",
    FindingKind.UNKNOWN_WITHDRAWAL: "Somebody else has the resolver's key: change it now, as the runbook says.",
    FindingKind.BALANCE: "Look at unknown withdrawals and missing events first; then at the journal since it last agreed.",
}


NAMES = {
    "amountWei": "amount",
    "chainWei": "the chain says",
    "booksWei": "the books say",
    "differenceWei": "difference",
    "rowWei": "our row says",
    "bookedWei": "is booked",
    "dueWei": "should be booked",
    "tx": "transaction",
    "nonce": "number",
    "refundStatus": "its state",
}
_PLACES = {name: place for place, name in enumerate(NAMES)}
"""What is told of a finding stands in this order: one database keeps that in which it was written, another does not."""


def amount(wei: int) -> dict[str, str]:
    """Wei for people, and exact."""
    return {"eth": ether(wei), "wei": f"{wei} wei"}


def network(chain_id: int) -> str:
    """A chain by its name, else its number."""
    return NETWORKS.get(chain_id, f"Chain {chain_id}")


def short(text: str) -> str:
    """An address or a hash by its ends."""
    return f"{text[:8]}…{text[-6:]}" if len(text) > 18 else text


def chip(label: str, state: str) -> dict[str, str]:
    """A state as a chip."""
    return {"label": label, "tone": TONES.get(state, "")}


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago something was."""
    return "never" if at is None else f"{span(max(0, int((now - at).total_seconds())))} ago"


def left(at: datetime | None, now: datetime) -> str:
    """How long there is until something."""
    return "" if at is None else span(max(0, int((at - now).total_seconds())))


def lines_of(detail: dict[str, Any]) -> list[dict[str, str]]:
    """The detail of a finding as names and values."""
    return [
        {"name": NAMES.get(name, name), "value": _value(name, value)}
        for name, value in sorted(detail.items(), key=lambda one: (_PLACES.get(one[0], len(_PLACES)), one[0]))
        if value not in ("", None)
    ]


def _value(name: str, value: Any) -> str:
    if name.endswith(("Wei", "_wei")) and str(value).lstrip("-").isdigit():
        return f"{ether(int(value))} ({value} wei)"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "nobody"
    return str(value)


def dated(at: datetime | None) -> str:
    """A moment, or nothing."""
    return moment(at) if at else ""
