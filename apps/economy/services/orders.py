"""What a wallet is asked to send: to pay an offer, or to fetch a refund; made here alone, for the API and for pages."""

from typing import Any

from apps.economy.models import Refund
from apps.economy.queries.payments import Payment
from apps.economy.services import chains, signing
from apps.economy.types import RefundStatus, Vault


def deposit(payment: Payment) -> dict[str, Any] | None:
    """The call that pays an offer; None where it may not be paid, or its vault takes no offers any more."""
    vault = vault_of(payment)
    if vault is None or vault.closed or not payment.is_payable:
        return None
    return _call(vault, signing.deposit_calldata(vault, nonce=payment.nonce), payment.fee_wei)


def withdrawal(refund: Refund) -> dict[str, Any] | None:
    """The call that fetches a refund; None while it is not signed, or not any more."""
    vault = vault_of(refund)
    if refund.status != RefundStatus.SIGNED or refund.deadline_at is None or vault is None:
        return None
    data = signing.withdraw_calldata(
        vault,
        payee=refund.payee_address,
        amount_wei=refund.amount_wei,
        nonce=refund.nonce,
        deadline=int(refund.deadline_at.timestamp()),
        signature=refund.signature,
    )
    return _call(vault, data, 0)


def vault_of(money: Payment | Refund) -> Vault | None:
    """The vault of today where it is the one in which this money lies, or shall lie."""
    there = (money.chain_id, money.vault, money.resolver)
    return next(
        (one for one in chains.configured() if (one.chain_id, one.address, one.resolver) == there), None
    )


def _call(vault: Vault, data: str, value: int) -> dict[str, Any]:
    return {"chain_id": vault.chain_id, "to": vault.address, "data": data, "value": value}
