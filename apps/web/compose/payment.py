"""A payment as its owner's pages show it: what is asked, how it stands, what to do, and what a wallet is to send."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from apps.clones.types import ModelStrength, Tier
from apps.core.moments import to_ms
from apps.economy.queries import own
from apps.economy.queries.payments import PaidIn, Payment, PaymentState, list_beside
from apps.economy.services import claims, orders
from apps.economy.types import RefundCause, RefundStatus, UnmatchedReason, Vault
from apps.web import formats, links, words
from apps.web.compose.payment_words import beside_words, words_for
from apps.web.compose.refunds import refunds_of, wallet_order

OVER = frozenset({PaymentState.BOUGHT, PaymentState.UNMATCHED, PaymentState.REFUNDED})
GONE = frozenset({PaymentState.DROPPED, PaymentState.REVERSED})
LATE_FOR = timedelta(hours=1)
"""How long after an offer ran out its page still looks for a payment by itself."""
GONE_FOR = timedelta(days=1)
"""How long after an offer ran out a payment that left the chain is still waited for."""
TONES = {
    PaymentState.OPEN: "info",
    PaymentState.CONFIRMING: "info",
    PaymentState.SETTLING: "info",
    PaymentState.BOUGHT: "up",
    PaymentState.REVERSED: "down",
    PaymentState.EXPIRED: "",
}
CHIPS = {
    PaymentState.OPEN: "Not paid yet",
    PaymentState.EXPIRED: "Ran out",
    PaymentState.CONFIRMING: "Confirming",
    PaymentState.SETTLING: "Confirmed",
    PaymentState.DROPPED: "Left the chain",
    PaymentState.UNMATCHED: "Bought nothing",
    PaymentState.BOUGHT: "Paid",
    PaymentState.REVERSED: "Withdrawn by the chain",
    PaymentState.REFUNDED: "Given back",
}


def payment_panel(payment: Payment, *, user: Any, now: datetime) -> dict[str, Any]:
    """One payment with everything its page says about it; `now` is real time."""
    vault, order = orders.vault_of(payment), _order(payment)
    title, text = words_for(payment, is_elsewhere=payment.is_payable and order is None)
    waits = order is not None
    given = refunds_of(user, payment.deposit.public_id) if payment.deposit else []
    return {
        "id": payment.quote_id,
        "url": reverse("my-payment", args=[payment.quote_id]),
        "state": payment.state.value,
        "chip": CHIPS[payment.state],
        "tone": TONES.get(payment.state, "warn"),
        "title": title,
        "text": text,
        "is_over": _is_over(payment, now=now),
        "waits": waits,
        "is_gone": payment.state in GONE,
        # Where this changes, the page is about something else and is shown anew.
        "turn": "bought" if payment.state == PaymentState.BOUGHT else "payment",
        "until_ms": to_ms(payment.expires_at) if waits else None,
        "now_ms": to_ms(now),
        "until": f"{payment.expires_at:%H:%M:%S} UTC",
        "issued": formats.moment(payment.issued_at),
        "price": formats.eth(payment.fee_wei),
        "price_wei": formats.wei(payment.fee_wei),
        "clone_name": payment.clone_name,
        "audition_url": _audition_url(payment),
        "is_new": not payment.clone_public_id,
        "purchase": payment.purchase_id,
        "rows": _rows(payment),
        "fine": _fine(payment),
        "depth": _depth(payment, vault),
        "deposit": deposit_facts(payment.deposit) if payment.deposit else None,
        "order": order,
        "refunds": given,
        "acts": _acts(payment, user, given),
        "beside": [_beside(payment, one) for one in list_beside(payment)],
        "surplus": formats.eth(payment.surplus_wei) if payment.surplus_wei else "",
    }


def _is_over(payment: Payment, *, now: datetime) -> bool:
    """Whether nothing more is to be expected, so that its page stops looking."""
    past = now - payment.expires_at
    if payment.state == PaymentState.EXPIRED:
        return past > LATE_FOR
    if payment.state in GONE:
        return past > GONE_FOR
    return payment.state in OVER


def deposit_facts(deposit: PaidIn) -> dict[str, Any]:
    """What is known of a deposit on its chain."""
    return {
        "id": deposit.public_id,
        "tx": deposit.tx_hash,
        "tx_short": formats.short_hash(deposit.tx_hash) if deposit.tx_hash else "",
        "amount": formats.eth(deposit.amount_wei),
        "wei": formats.wei(deposit.amount_wei),
        "payer": deposit.payer_address,
        "payer_short": formats.short_address(deposit.payer_address),
        "network": words.network(deposit.chain_id),
        "block": f"{deposit.block_number:,}" if deposit.tx_hash else "",
        "seen": formats.moment(deposit.first_seen_at),
    }


def _audition_url(payment: Payment) -> str:
    clone = payment.clone_public_id
    return reverse("my-clone-audition", args=[clone]) if clone else ""


def _rows(payment: Payment) -> list[dict[str, str]]:
    """What is bought, and with what."""
    tier, strength = Tier(payment.tier).label, ModelStrength(payment.model_strength).label
    what = f"{tier}, up to {payment.asset_capacity} assets, {strength.lower()} model"
    new = "" if payment.clone_public_id else " (made when the payment is final)"
    network = f"{words.network(payment.chain_id)}, chain {payment.chain_id}"
    return [
        {"label": "For", "value": f"{payment.clone_name}{new}"},
        {"label": "What", "value": f"One audition: {what}"},
        {"label": "Network", "value": network},
        {"label": "From your wallet", "value": payment.wallet_address, "kind": "mono"},
    ]


def _fine(payment: Payment) -> list[dict[str, str]]:
    """What the payment says on the chain, and the rules that it pins."""
    return [
        {"label": "To the vault", "value": payment.vault},
        {"label": "For the resolver", "value": payment.resolver},
        {"label": "Under the number", "value": str(payment.nonce)},
        {
            "label": "Rulebook",
            "value": payment.rulebook_digest,
            "url": links.rulebook(payment.rulebook_digest),
        },
    ]


def _depth(payment: Payment, vault: Vault | None) -> dict[str, Any] | None:
    """How many of the needed confirmations there are, while they are what one waits for."""
    if payment.state != PaymentState.CONFIRMING or payment.deposit is None or vault is None:
        return None
    done = min(payment.deposit.depth, vault.confirmations)
    return {"done": done, "needed": vault.confirmations, "at": done * 1000 // vault.confirmations}


def _order(payment: Payment) -> dict[str, Any] | None:
    """The transaction as a wallet is given it; None where there is nothing to pay, or its vault is another by now."""
    call = orders.deposit(payment)
    if call is None:
        return None
    return wallet_order(
        call,
        kind="pay",
        name=payment.quote_id,
        sender=payment.wallet_address,
        amount_wei=payment.fee_wei,
    )


def _beside(payment: Payment, deposit: PaidIn) -> dict[str, Any]:
    """A payment of another wallet under the number of this one: it says nothing about how this one stands."""
    title, text = beside_words(payment, deposit)
    return {**deposit_facts(deposit), "title": title, "text": text}


def _acts(payment: Payment, user: Any, given: list[dict[str, Any]]) -> dict[str, str]:
    """What its payer may do with money that bought nothing, or with what was paid too much."""
    deposit = payment.deposit
    if deposit is None or deposit.payer_address not in own.addresses_of(user):
        return {}
    if any(one["status"] not in {RefundStatus.DENIED, RefundStatus.EXPIRED} for one in given):
        return {}
    if payment.state == PaymentState.UNMATCHED:
        claim = payment.quote_id if _may_claim(payment, user, deposit) else ""
        return {"deposit": deposit.public_id, "cause": RefundCause.UNMATCHED.value, "claim": claim}
    if payment.state == PaymentState.BOUGHT and payment.surplus_wei:
        return {"deposit": deposit.public_id, "cause": RefundCause.SURPLUS.value, "claim": ""}
    return {}


def _may_claim(payment: Payment, user: Any, deposit: PaidIn) -> bool:
    """Whether the payment came too late for its offer, and not by too much."""
    if deposit.unmatched_reason != UnmatchedReason.LATE:
        return False
    return claims.came_in_reach(own.get_own_deposit(user, deposit.public_id), payment.expires_at)
