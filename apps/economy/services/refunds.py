"""Giving money back: asked for by one person, approved by another, signed by the resolver, once for each debt."""

import secrets
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.clones import services as clone_services
from apps.competition import queries as competition
from apps.competition.types import RefundDecision
from apps.core import states
from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound, PermissionRefused
from apps.core.retries import retry_busy
from apps.economy.models import Deposit, Finding, Purchase, Refund
from apps.economy.queries.books import booked_for
from apps.economy.queries.own import list_refunds_since
from apps.economy.queries.purchases import BOOK_OF
from apps.economy.services import chains, ledger, signing
from apps.economy.types import (
    LIVE_REFUNDS,
    PURCHASE_TRANSITIONS,
    REFUND_TRANSITIONS,
    Book,
    DepositStatus,
    FindingKind,
    PurchaseStatus,
    RefundCause,
    RefundStatus,
    Vault,
)
from apps.operations import audit, clock
from apps.operations.audit import Actor
from apps.operations.types import Report
from apps.users import queries as users

SIGNS = Actor.system("economy.pay-refunds")
_LONGEST = 200
_NONCE_BITS = 128


class RefundExists(Conflict):
    """The same debt is being given back already."""

    code = "REFUND_EXISTS"


@transaction.atomic
def ask(*, deposit: Deposit, cause: str, reason: str, by: Actor, now: datetime) -> Refund:
    """Ask that all that is owed of a deposit for `cause` goes back to the wallet that paid; it waits for another person.

    While it waits, the deposit can buy nothing. Only UNMATCHED and SURPLUS are asked for here: what was bought is given
    back on competition's word. The doorway has checked that `by` may ask. Raises Conflict REFUND_EXISTS,
    DEPOSIT_NOT_CONFIRMED and NOTHING_OWED, InvalidInput without a reason.
    """
    if cause not in (RefundCause.UNMATCHED, RefundCause.SURPLUS):
        raise InvalidInput(
            "What was bought is given back where its audition is.", code="REFUND_NOT_ASKED_HERE"
        )
    person, said = _person(by), reason.strip()[:_LONGEST]
    if not said:
        raise InvalidInput("A refund needs a reason.", code="REASON_REQUIRED")
    refund = _opened(deposit, cause, reason=said, asked_by=person, now=now)
    _record(refund, "asked", by=by, reason=said, now=now)
    return refund


def owner_ask(*, deposit: Deposit, cause: str, reason: str, by: Actor, now: datetime) -> Refund:
    """Ask as the person whose linked wallet paid; the deposit of any other wallet does not exist for them.

    Raises NotFound, and what `ask` raises.
    """
    if not is_payee(_person(by), deposit.payer_address):
        raise NotFound("There is no such deposit.", code="DEPOSIT_NOT_FOUND")
    return ask(deposit=deposit, cause=cause, reason=reason, by=by, now=now)


@transaction.atomic
def approve(*, refund: Refund, by: Actor, now: datetime, reason: str = "") -> Refund:
    """Let a refund be fetched: the resolver signs, for settings.REFUND_TTL of real time.

    Raises PermissionRefused FOUR_EYES_REQUIRED for who asked and for who would get it, Conflict where the deposit is not
    confirmed or what is owed has changed, IllegalTransition where it was decided, PaymentsOff where nobody can sign.
    """
    person = _person(by)
    if person.pk == refund.asked_by_id or is_payee(person, refund.payee_address):
        raise PermissionRefused(
            "Who asked for this refund, or would get it, cannot approve it; another person must.",
            code="FOUR_EYES_REQUIRED",
        )
    refund.deposit = _locked(refund.deposit_id)
    _sign(refund, approved_by=person, by=by, reason=reason, now=now)
    return refund


@transaction.atomic
def deny(*, refund: Refund, reason: str, by: Actor, now: datetime) -> Refund:
    """Refuse a refund that waits, or take it back as who asked. Raises IllegalTransition where it was decided."""
    states.advance(refund, to=RefundStatus.DENIED, table=REFUND_TRANSITIONS, settled_at=now)
    _record(refund, "denied", by=by, reason=reason, now=now)
    return refund


@transaction.atomic
def renew(*, refund: Refund, by: Actor, now: datetime) -> Refund:
    """Sign anew what was not fetched in time: a row of its own under a new number, on the word of the same two persons.

    The old signature is dead on its chain before a refund counts as expired, so no two of them can be fetched. Raises
    Conflict REFUND_NOT_EXPIRED, REFUND_EXISTS, REFUND_SUPERSEDED where the same was asked for again since,
    AMOUNT_CHANGED, NOTHING_OWED and DEPOSIT_NOT_CONFIRMED.
    """
    if refund.status != RefundStatus.EXPIRED:
        raise Conflict("Only what was not fetched in time is signed anew.", code="REFUND_NOT_EXPIRED")
    fresh = _opened(
        refund.deposit,
        refund.cause,
        reason=refund.reason,
        asked_by=refund.asked_by,
        now=now,
        authorisation=refund.authorisation,
    )
    # The two persons spoke about this amount, and what was refused since stays refused.
    if list_refunds_since(refund).exclude(pk=fresh.pk).exists():
        raise Conflict("A later word about the same money counts.", code="REFUND_SUPERSEDED")
    if fresh.amount_wei != refund.amount_wei:
        raise Conflict("What is owed is no longer what was approved.", code="AMOUNT_CHANGED")
    _sign(fresh, approved_by=refund.approved_by, by=by, reason=f"anew for {refund}", now=now)
    return fresh


def owner_renew(*, refund: Refund, by: Actor, now: datetime) -> Refund:
    """As `renew`, on the wish of the person whose linked wallet gets it; to anybody else it does not exist (NotFound)."""
    if not is_payee(_person(by), refund.payee_address):
        raise NotFound("You have no such refund.", code="REFUND_NOT_FOUND")
    return renew(refund=refund, by=by, now=now)


def sign_authorised(*, now: datetime, limit: int) -> Report:
    """Sign the fee of purchases that competition lets go, each in a transaction of its own, at most `limit`.

    What is refused is counted and reported, and takes no place of one that can be signed.
    """
    let_go = competition.list_refunds(status=RefundDecision.AUTHORISED).values("entitlement")
    due = Purchase.objects.filter(
        status=PurchaseStatus.CONFIRMED, deposit__status=DepositStatus.CONFIRMED, entitlement__in=let_go
    ).order_by("pk")
    done, errors = 0, []
    for purchase in due:
        if done == limit:
            break
        try:
            retry_busy(partial(sign_purchase, purchase=purchase, now=now))
        except DomainError as refused:
            errors.append(f"{purchase}: {refused.detail}")
        else:
            done += 1
    return Report(seen=done + len(errors), done=done, failed=len(errors), errors=tuple(errors[:5]))


@transaction.atomic
def sign_purchase(*, purchase: Purchase, now: datetime) -> Refund:
    """Give one purchase's fee back on competition's authorisation, which two persons gave.

    The purchase is REFUNDED with the signature, not with the payment: a signature is as good as money, and from here on
    nothing may be had for it. Raises NotFound without an authorisation, else as `approve`.
    """
    leave = competition.list_refunds(status=RefundDecision.AUTHORISED)
    authorisation = leave.filter(entitlement=purchase.entitlement_id).first()
    if authorisation is None:
        raise NotFound("Nobody let this purchase go.", code="REFUND_NOT_AUTHORISED")
    refund = _opened(
        purchase.deposit,
        RefundCause.PURCHASE,
        reason=authorisation.reason,
        asked_by=authorisation.asked_by,
        now=now,
        authorisation=authorisation,
    )
    states.advance(purchase, to=PurchaseStatus.REFUNDED, table=PURCHASE_TRANSITIONS, refunded_at=now)
    # Withdrawn when it was asked for; said again, because a deposit that came back may have given it back.
    clone_services.revoke_entitlement(
        entitlement=purchase.entitlement, reason=f"refund {refund}", by=SIGNS, now=clock.market_of(now)
    )
    _sign(
        refund,
        approved_by=authorisation.decided_by,
        by=SIGNS,
        reason=authorisation.decision_reason,
        now=now,
    )
    return refund


def is_payee(person: Any, address: str) -> bool:
    """Whether one of the person's linked wallets has this address."""
    return users.list_wallets(person).filter(address=address.lower()).exists()


def _opened(
    deposit: Deposit,
    cause: str,
    *,
    reason: str,
    asked_by: Any,
    now: datetime,
    authorisation: Any = None,
) -> Refund:
    """A waiting row over all that is owed, under the deposit's lock: whoever claims the deposit waits for it too."""
    locked = _locked(deposit.pk)
    if Refund.objects.filter(deposit=locked, cause=cause, status__in=LIVE_REFUNDS).exists():
        raise RefundExists("This is being given back already.")
    refund = Refund(
        cause=cause,
        deposit=locked,
        purchase=Purchase.objects.filter(deposit=locked).first(),
        authorisation=authorisation,
        payee_address=locked.payer_address,
        chain_id=locked.chain_id,
        vault=locked.vault,
        resolver=locked.resolver,
        amount_wei=_owed(locked, cause),
        nonce=secrets.randbits(_NONCE_BITS),
        reason=reason,
        asked_by=asked_by,
        asked_at=now,
    )
    try:
        with transaction.atomic():
            refund.save()
    except IntegrityError as error:
        raise RefundExists("This is being given back already.") from error
    return refund


def _sign(refund: Refund, *, approved_by: Any, by: Actor, reason: str, now: datetime) -> None:
    """Move a waiting refund to signed and book it; `refund.deposit` is the row that the caller has locked."""
    vault = vault_of(refund)
    if _owed(refund.deposit, refund.cause, but=refund) != refund.amount_wei:
        raise Conflict("What is owed has changed since this was asked for.", code="AMOUNT_CHANGED")
    deadline = now.replace(microsecond=0) + settings.REFUND_TTL  # the chain counts whole seconds
    states.advance(
        refund,
        to=RefundStatus.SIGNED,
        table=REFUND_TRANSITIONS,
        approved_by=approved_by,
        signed_at=now,
        deadline_at=deadline,
        signature=signing.sign_withdrawal(
            vault,
            payee=refund.payee_address,
            amount_wei=refund.amount_wei,
            nonce=refund.nonce,
            deadline=int(deadline.timestamp()),
        ),
    )
    ledger.post(
        chain_id=refund.chain_id,
        kind="refund.signed",
        reference=f"{refund}:signed",
        subject=refund.public_id,
        lines={BOOK_OF[refund.cause]: refund.amount_wei, Book.REFUNDS: -refund.amount_wei},
        by=by,
        reason=refund.reason,
        now=now,
    )
    _record(refund, "signed", by=by, reason=reason, now=now)


def vault_of(refund: Refund) -> Vault:
    """The vault where this money lies. Conflict VAULT_REPLACED where this arena's is another by now."""
    return chains.get_vault_of(chain_id=refund.chain_id, address=refund.vault, resolver=refund.resolver)


def _owed(deposit: Deposit, cause: str, *, but: Refund | None = None) -> int:
    """What may be given back now, in wei: what the deposit's books hold for it, less what is being given back already.

    `but` leaves one refund out of the latter.
    """
    if deposit.status != DepositStatus.CONFIRMED:
        raise Conflict("This deposit does not stand on its chain now.", code="DEPOSIT_NOT_CONFIRMED")
    _refuse_unexplained(deposit)
    live = Refund.objects.filter(deposit=deposit, status__in=LIVE_REFUNDS)
    others = [one for one in live if but is None or one.pk != but.pk]
    booked = booked_for(chain_id=deposit.chain_id, subject=deposit.public_id)
    amount = -booked.get(BOOK_OF[cause], 0) - sum(one.amount_wei for one in others if one.cause == cause)
    if amount <= 0:
        raise Conflict("Nothing of this deposit is owed.", code="NOTHING_OWED")
    if amount + sum(one.amount_wei for one in others) > deposit.amount_wei:
        raise Conflict("More than was paid would be given back.", code="REFUND_TOO_HIGH")
    return amount


def _refuse_unexplained(deposit: Deposit) -> None:
    """Raise Conflict WITHDRAWAL_UNEXPLAINED while an open finding names a refund of the deposit: it may be paid already."""
    told = Finding.objects.filter(
        kind=FindingKind.UNKNOWN_WITHDRAWAL, chain_id=deposit.chain_id, closed_at__isnull=True
    )
    named = {detail.get("refund") for detail in told.values_list("detail", flat=True)}
    if named and Refund.objects.filter(deposit=deposit, public_id__in=named - {None, ""}).exists():
        raise Conflict(
            "A withdrawal that nobody explained yet names a refund of this deposit.",
            code="WITHDRAWAL_UNEXPLAINED",
        )


def _locked(key: int) -> Deposit:
    return Deposit.objects.select_for_update().get(pk=key)


def _person(by: Actor) -> Any:
    person = users.find_active_user(by.identifier) if by.kind == "user" else None
    if person is None:
        raise PermissionRefused(
            "Only a person asks for refunds or decides about them.", code="PERSON_REQUIRED"
        )
    return person


def _record(refund: Refund, what: str, *, by: Actor, reason: str, now: datetime) -> None:
    detail = {
        "deposit": refund.deposit.public_id,
        "cause": refund.cause,
        "amountWei": str(refund.amount_wei),
        "payee": refund.payee_address,
    }
    audit.record(verb=f"economy.refund.{what}", by=by, subject=refund, reason=reason, detail=detail, now=now)
