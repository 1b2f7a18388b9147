"""Money that goes back to a player: where it stands, and the transaction that fetches it."""

from typing import Any

from django.urls import reverse

from apps.economy.queries import own
from apps.economy.services import orders
from apps.economy.types import RefundCause, RefundStatus
from apps.web import formats, words

TONES = {
    RefundStatus.WAITING: "info",
    RefundStatus.DENIED: "down",
    RefundStatus.SIGNED: "up",
    RefundStatus.PAID: "up",
    RefundStatus.EXPIRED: "warn",
}
CHIPS = {
    RefundStatus.WAITING: "Waits for a second person",
    RefundStatus.DENIED: "Refused",
    RefundStatus.SIGNED: "Yours to withdraw",
    RefundStatus.PAID: "Withdrawn",
    RefundStatus.EXPIRED: "Not withdrawn in time",
}
CAUSES = {
    RefundCause.PURCHASE: "The audition's fee",
    RefundCause.UNMATCHED: "A payment that bought nothing",
    RefundCause.SURPLUS: "What was paid beyond the price",
}


def refunds_of(user: Any, deposit_id: str) -> list[dict[str, Any]]:
    """What goes or went back of one of the user's own deposits, newest first."""
    return [refund_lines(row) for row in own.list_own_refunds(user).filter(deposit__public_id=deposit_id)]


def find_refund(user: Any, public_id: str) -> dict[str, Any]:
    """One of the user's own refunds; NotFound for another's."""
    row = own.get_own_refund(user, public_id)
    later = own.list_refunds_since(row).first()
    ran_out = row.status == RefundStatus.EXPIRED
    return {
        **refund_lines(row),
        "renew_url": reverse("my-refund-renew", args=[row.public_id]) if ran_out and not later else "",
        "later_url": reverse("my-refund", args=[later.public_id]) if later else "",
    }


def refund_lines(row: Any) -> dict[str, Any]:
    """One refund as its owner reads it."""
    status = RefundStatus(row.status)
    return {
        "id": row.public_id,
        "url": reverse("my-refund", args=[row.public_id]),
        "status": status.value,
        "chip": CHIPS[status],
        "tone": TONES[status],
        "what": CAUSES[RefundCause(row.cause)],
        "text": _text(row, status),
        "amount": formats.eth(row.amount_wei),
        "wei": formats.wei(row.amount_wei),
        "payee": row.payee_address,
        "network": words.network(row.chain_id),
        "asked": formats.moment(row.asked_at),
        "tx": row.paid_tx_hash,
        "tx_short": formats.short_hash(row.paid_tx_hash) if row.paid_tx_hash else "",
        "is_over": status in {RefundStatus.PAID, RefundStatus.DENIED},
        "waits": status == RefundStatus.SIGNED,
        "order": _order(row) if status == RefundStatus.SIGNED else None,
    }


def _text(row: Any, status: RefundStatus) -> str:
    amount, payee = formats.eth(row.amount_wei), formats.short_address(row.payee_address)
    until = f"{formats.moment(row.deadline_at)} UTC" if row.deadline_at else ""
    return {
        RefundStatus.WAITING: f"{amount} are asked back. A second person looks at every refund before it is signed.",
        RefundStatus.DENIED: "It was refused. Ask the arena's operators if you think that this is a mistake.",
        RefundStatus.SIGNED: f"{amount} wait in the vault for {payee}, signed by the arena, until {until}. They can go "
        "to that wallet only, whoever sends the transaction.",
        RefundStatus.PAID: f"{amount} went to {payee}.",
        RefundStatus.EXPIRED: "It was not withdrawn in time. Nothing is lost: the arena signs it anew for the same wallet.",
    }[status]


def _order(row: Any) -> dict[str, Any] | None:
    """The withdrawal as a wallet is given it; None where payments no longer come through its vault."""
    call = orders.withdrawal(row)
    if call is None:
        return None
    return wallet_order(call, kind="withdraw", name=row.public_id, sender="", amount_wei=row.amount_wei)


def wallet_order(
    call: dict[str, Any], *, kind: str, name: str, sender: str, amount_wei: int
) -> dict[str, Any]:
    """A call of economy's as the page's script gives it to a wallet; `sender` is empty where anybody may send it."""
    return {
        "kind": kind,
        "id": name,
        "chain": call["chain_id"],
        "from": sender,
        "to": call["to"],
        "value": hex(call["value"]),
        "data": call["data"],
        "amount": formats.eth(amount_wei),
    }
