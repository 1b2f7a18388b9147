"""Rows of economy without a chain: a payment in each state, booked as its state says, and nothing that breaks a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from apps.clones import services as clones
from apps.competition.models import RefundAuthorisation
from apps.competition.types import RefundDecision
from apps.economy.models import ChainCursor, Deposit, Purchase, Quote, Refund
from apps.economy.services import ledger
from apps.economy.types import (
    ETH,
    Book,
    DepositStatus,
    PurchaseStatus,
    QuoteStatus,
    RefundCause,
    RefundStatus,
    UnmatchedReason,
)
from apps.operations.audit import Actor
from tests.economy.world import NOW, RESOLVER, VAULT
from tests.trading.world import make_clone

BY = Actor.system("test")
FEE = 10**16
EXTRA = 7
RULES = "ab" * 32


@dataclass
class Rows:
    """What `sound_rows` made."""

    clone: Any
    bought: Purchase
    given_back: Purchase
    reversed: Purchase
    unmatched: Deposit
    pending: Deposit
    signed: Refund
    paid: Refund
    cursor: ChainCursor


def person(name: str) -> Any:
    """A user of that name."""
    return get_user_model().objects.get_or_create(username=name)[0]


def make_quote(number: int, *, clone: Any, **fields: Any) -> Quote:
    """An offer at `FEE` under the number."""
    values = {
        "user": clone.owner,
        "wallet_address": payer_of(number),
        "chain_id": VAULT.chain_id,
        "vault": VAULT.address,
        "resolver": RESOLVER,
        "nonce": number,
        "tier": "starter",
        "asset_capacity": 2,
        "model_strength": "light",
        "fee_wei": FEE,
        "rulebook_digest": RULES,
        "clone": clone,
        "from_block": 1,
        "issued_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
    }
    return Quote.objects.create(**(values | fields))


def make_deposit(
    number: int, amount_wei: int = FEE, *, status: str = DepositStatus.CONFIRMED, **fields: Any
) -> Deposit:
    """A deposit under the number, in a block of the same height; not booked."""
    is_there = status in (DepositStatus.CONFIRMED, DepositStatus.PENDING)
    values = {
        "chain_id": VAULT.chain_id,
        "vault": VAULT.address,
        "payer_address": payer_of(number),
        "token": ETH,
        "resolver": RESOLVER,
        "nonce": number,
        "amount_wei": amount_wei,
        "tx_hash": f"0x{number:064x}" if is_there else "",
        "block_number": number if is_there else 0,
        "block_hash": f"0x{number:064x}" if is_there else "",
        "status": status,
        "first_seen_at": NOW,
        "confirmed_at": NOW if status == DepositStatus.CONFIRMED else None,
    }
    return Deposit.objects.create(**(values | fields))


def payer_of(number: int) -> str:
    """The wallet that pays under a number."""
    return f"0x{number:040x}"


def book(subject: Any, what: str, lines: Mapping[str, int]) -> None:
    """An entry about a deposit or a refund."""
    ledger.post(
        chain_id=subject.chain_id,
        kind=what,
        reference=f"{subject}:{what}",
        subject=subject.public_id,
        lines=lines,
        by=BY,
        now=NOW,
    )


def make_purchase(number: int, *, clone: Any, extra_wei: int = 0) -> Purchase:
    """A purchase that stands, with its offer, deposit, grant and bookings."""
    quote = make_quote(number, clone=clone, status=QuoteStatus.USED, used_at=NOW)
    deposit = make_deposit(number, FEE + extra_wei)
    grant = clones.grant_entitlement(
        clone=clone,
        tier=quote.tier,
        model_strength=quote.model_strength,
        is_mock=False,
        source=f"purchase:{number}",
        by=BY,
        now=NOW,
        terms_digest=RULES,
    )
    purchase = Purchase.objects.create(
        quote=quote,
        deposit=deposit,
        user=clone.owner,
        clone=clone,
        entitlement=grant,
        chain_id=quote.chain_id,
        resolver=quote.resolver,
        nonce=number,
        fee_wei=FEE,
        surplus_wei=extra_wei,
        made_at=NOW,
    )
    book(deposit, "confirmed", {Book.VAULT: FEE + extra_wei, Book.CLEARING: -FEE - extra_wei})
    spent: dict[str, int] = {Book.CLEARING: FEE + extra_wei, Book.FEES: -FEE} | (
        {Book.SURPLUS: -extra_wei} if extra_wei else {}
    )
    book(deposit, "matched", spent)
    return purchase


def make_unmatched(number: int, amount_wei: int = FEE) -> Deposit:
    """A confirmed deposit that is owed."""
    deposit = make_deposit(number, amount_wei, unmatched_reason=UnmatchedReason.NO_QUOTE)
    book(deposit, "confirmed", {Book.VAULT: amount_wei, Book.CLEARING: -amount_wei})
    book(deposit, "unmatched", {Book.CLEARING: amount_wei, Book.UNMATCHED: -amount_wei})
    return deposit


def make_refund(deposit: Deposit, cause: str, amount_wei: int, **fields: Any) -> Refund:
    """A refund that two persons let go; not booked."""
    values = {
        "cause": cause,
        "deposit": deposit,
        "payee_address": deposit.payer_address,
        "chain_id": deposit.chain_id,
        "vault": deposit.vault,
        "resolver": deposit.resolver,
        "amount_wei": amount_wei,
        "nonce": deposit.nonce,
        "reason": "test",
        "asked_by": person("asker"),
        "asked_at": NOW,
        "approved_by": person("approver"),
        "status": RefundStatus.SIGNED,
    }
    return Refund.objects.create(**(values | fields))


def sound_rows() -> Rows:
    """One of each: bought with a surplus, given back, reversed, unmatched, waiting, signed, fetched."""
    clone = make_clone()
    bought = make_purchase(1, clone=clone, extra_wei=EXTRA)
    given_back, signed = _given_back(clone)
    gone = make_purchase(3, clone=clone)
    ledger.mirror_subject(
        chain_id=gone.chain_id,
        subject=gone.deposit.public_id,
        kind="reversed",
        reference="gone",
        by=BY,
        now=NOW,
    )
    Deposit.objects.filter(pk=gone.deposit_id).update(
        status=DepositStatus.REVERSED, tx_hash="", block_number=0, block_hash=""
    )
    Purchase.objects.filter(pk=gone.pk).update(status=PurchaseStatus.REVERSED, reversed_at=NOW)
    clones.revoke_entitlement(entitlement=gone.entitlement, reason="reversed", by=BY, now=NOW)
    unmatched = make_unmatched(4)
    fetched = make_unmatched(5)
    paid = make_refund(fetched, RefundCause.UNMATCHED, FEE, status=RefundStatus.PAID)
    book(paid, "signed", {Book.UNMATCHED: FEE, Book.REFUNDS: -FEE})
    book(paid, "paid", {Book.REFUNDS: FEE, Book.VAULT: -FEE})
    make_quote(7, clone=clone)
    cursor = ChainCursor.objects.create(**VAULT.where, scanned_to=20, head_number=20, head_at=NOW)
    pending = make_deposit(6, status=DepositStatus.PENDING)
    return Rows(clone, bought, given_back, gone, unmatched, pending, signed, paid, cursor)


def _given_back(clone: Any) -> tuple[Purchase, Refund]:
    purchase = make_purchase(2, clone=clone)
    leave = RefundAuthorisation.objects.create(
        entitlement=purchase.entitlement,
        reason="test",
        status=RefundDecision.AUTHORISED,
        asked_by=person("asker"),
        asked_at=NOW,
        decided_by=person("approver"),
        decided_at=NOW,
    )
    clones.revoke_entitlement(entitlement=purchase.entitlement, reason="refund", by=BY, now=NOW)
    Purchase.objects.filter(pk=purchase.pk).update(status=PurchaseStatus.REFUNDED, refunded_at=NOW)
    refund = make_refund(purchase.deposit, RefundCause.PURCHASE, FEE, purchase=purchase, authorisation=leave)
    book(refund, "signed", {Book.FEES: FEE, Book.REFUNDS: -FEE})
    return purchase, refund
