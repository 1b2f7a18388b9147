"""What economy's routes answer, laid out for their serializers."""

from typing import Any

from rest_framework import status

from apps.economy.api import serializers as wire
from apps.economy.models import Deposit
from apps.economy.queries.payments import PaidIn, Payment
from apps.economy.services import orders
from apps.economy.services.submitting import Submission
from apps.operations.idempotency import NOT_YET


def quote(payment: Payment) -> dict[str, Any]:
    """An offer and what came of it; the transaction to send only while it may be paid into the vault of today."""
    vault = orders.vault_of(payment)
    paid = payment.deposit
    document = {
        "id": payment.quote_id,
        "state": payment.state.value,
        "clone_id": payment.clone_public_id or None,
        "clone_name": payment.clone_name,
        "tier": payment.tier,
        "asset_capacity": payment.asset_capacity,
        "model_strength": payment.model_strength,
        "fee_wei": payment.fee_wei,
        "chain_id": payment.chain_id,
        "wallet_address": payment.wallet_address,
        "deposit_nonce": payment.nonce,
        "rulebook_digest": payment.rulebook_digest,
        "issued_at": payment.issued_at,
        "expires_at": payment.expires_at,
        "transaction": orders.deposit(payment),
        "confirmations": paid.depth if paid else 0,
        "confirmations_needed": vault.confirmations if vault else 0,
        "deposit": _seen(paid) if paid else None,
        "purchase_id": payment.purchase_id or None,
    }
    return dict(wire.QuoteSerializer(document).data)


def submission(standing: Submission) -> tuple[int, dict[str, Any]]:
    """200 and the purchase, or 202 and what it waits for."""
    if standing.purchase is not None:
        return status.HTTP_200_OK, dict(wire.PurchaseSerializer(standing.purchase).data)
    paid = standing.deposit
    document = {
        "code": "DEPOSIT_PENDING",
        "quote_id": standing.quote.public_id,
        "confirmations": standing.confirmations,
        "confirmations_needed": standing.confirmations_needed,
        "deposit": _seen(paid) if paid else None,
    }
    return NOT_YET, dict(wire.PendingSerializer(document).data)


def _seen(paid: PaidIn | Deposit) -> dict[str, Any]:
    names = ("tx_hash", "block_number", "amount_wei", "unmatched_reason")
    return {"id": paid.public_id, **{name: getattr(paid, name) for name in names}}
