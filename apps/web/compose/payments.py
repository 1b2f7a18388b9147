"""The list of one's payments: offers, what was paid, what bought nothing, and what comes back."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.economy.queries import own
from apps.economy.queries.payments import PaidIn, Payment, PaymentState, list_payments, list_strays
from apps.economy.services import chains
from apps.economy.types import LIVE_REFUNDS, RefundCause
from apps.web import formats, words
from apps.web.compose.payment import CHIPS, TONES, deposit_facts
from apps.web.compose.payment_words import unmatched_words
from apps.web.compose.refunds import refund_lines

MOST = 60


def payments_page(user: Any, *, now: datetime) -> dict[str, Any]:
    """Everything that this person paid or was offered, newest first; `now` is real time."""
    listed = list_payments(user=user, now=now, limit=MOST)
    given = list(own.list_own_refunds(user)[:MOST])
    live = {row.deposit.public_id for row in given if row.status in LIVE_REFUNDS}
    strays = list_strays(addresses=own.addresses_of(user), limit=MOST)
    offers = [one for one in listed if one.state == PaymentState.OPEN]
    return {
        "payments": [_line(one) for one in listed],
        "strays": [_stray(one, offers) for one in strays if one.public_id not in live],
        "refunds": [refund_lines(row) for row in given],
        "payments_on": bool(chains.offered()),
    }


def _line(payment: Payment) -> dict[str, Any]:
    return {
        "url": reverse("my-payment", args=[payment.quote_id]),
        "clone": payment.clone_name,
        "price": formats.eth(payment.fee_wei),
        "when": formats.moment(payment.issued_at),
        "network": words.network(payment.chain_id),
        "chip": CHIPS[payment.state],
        "tone": TONES.get(payment.state, "warn"),
        "tx_short": formats.short_hash(payment.deposit.tx_hash)
        if payment.deposit and payment.deposit.tx_hash
        else "",
    }


def _stray(deposit: PaidIn, offers: list[Payment]) -> dict[str, Any]:
    """A payment of one's wallet that belongs to no offer, and the own open offers that it would pay."""
    title, text = unmatched_words(deposit.unmatched_reason, None, deposit)
    fitting = [
        one for one in offers if one.chain_id == deposit.chain_id and one.fee_wei <= deposit.amount_wei
    ]
    return {
        **deposit_facts(deposit),
        "title": title,
        "text": text,
        "cause": RefundCause.UNMATCHED.value,
        "offers": [
            {"id": one.quote_id, "title": f"{one.clone_name}, {formats.eth(one.fee_wei)}"} for one in fitting
        ],
    }
