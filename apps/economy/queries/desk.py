"""What operators look for in the money path: what waits for somebody, and anything by wallet, number, hash or name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.economy.models import ChainCursor, Deposit, DepositSighting, Finding, Quote, Refund
from apps.economy.types import LIVE_REFUNDS, DepositStatus, FindingKind, RefundCause, RefundStatus

_ADDRESS = re.compile(r"0x[0-9a-f]{40}", re.ASCII)
_HASH = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,78}", re.ASCII)
NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class MoneyWaiting:
    """How much waits: for confirmations, for somebody's decision, for its owner, or to agree."""

    pending: int
    unmatched: int
    refunds_waiting: int
    refunds_signed: int
    findings: int


def money_waiting() -> MoneyWaiting:
    """How many deposits, refunds and findings wait now."""
    return MoneyWaiting(
        pending=Deposit.objects.filter(status=DepositStatus.PENDING).count(),
        unmatched=strays().count(),
        refunds_waiting=Refund.objects.filter(status=RefundStatus.WAITING).count(),
        refunds_signed=Refund.objects.filter(status=RefundStatus.SIGNED).count(),
        findings=findings(is_open=True).count(),
    )


def strays() -> QuerySet[Deposit]:
    """Confirmed deposits that bought nothing and are not being given back: somebody has to decide; oldest first."""
    given = Refund.objects.filter(cause=RefundCause.UNMATCHED, status__in=LIVE_REFUNDS)
    rows = _deposits().filter(status=DepositStatus.CONFIRMED).exclude(unmatched_reason="")
    return rows.exclude(pk__in=given.values("deposit")).order_by("confirmed_at", "pk")


def deposits(*, text: str = "", status: str = "") -> QuerySet[Deposit]:
    """Deposits, newest first: of one state, or of whom or what `text` names."""
    rows = _deposits().filter(_of_deposit(text.strip()))
    return rows.filter(status=status) if status else rows


def quotes(*, text: str = "") -> QuerySet[Quote]:
    """Offers, newest first, of whom or what `text` names."""
    rows = Quote.objects.select_related("user", "clone", "purchase")
    return rows.filter(_of_quote(text.strip()))


def refunds(*, status: str = "", deposit: Deposit | None = None) -> QuerySet[Refund]:
    """Refunds, newest first, of one state or deposit where given."""
    rows = Refund.objects.select_related(
        "deposit", "purchase__clone", "asked_by", "approved_by", "authorisation"
    )
    if deposit is not None:
        rows = rows.filter(deposit=deposit)
    return rows.filter(status=status) if status else rows


def given_back(rows: Iterable[Deposit]) -> dict[int, Refund]:
    """By the deposit's key, the refund that gives a whole one of these back."""
    live = Refund.objects.filter(cause=RefundCause.UNMATCHED, status__in=LIVE_REFUNDS)
    return {refund.deposit_id: refund for refund in live.filter(deposit__in=[row.pk for row in rows])}


def findings(*, is_open: bool) -> QuerySet[Finding]:
    """What does not agree now, newest first, or what did not and is over.

    Of the open ones without deposits that bought nothing: those are `strays`, counted and decided about there.
    """
    rows = Finding.objects.filter(closed_at__isnull=is_open)
    if not is_open:
        return rows.order_by("-closed_at", "-pk")
    return rows.exclude(kind=FindingKind.ORPHAN_DEPOSIT, subject__startswith="dep_")


def cursors() -> QuerySet[ChainCursor]:
    """Where the reading of each vault stands."""
    return ChainCursor.objects.order_by("chain_id", "vault", "head_number")


def _deposits() -> QuerySet[Deposit]:
    return Deposit.objects.select_related(
        "purchase__clone", "purchase__user", "purchase__quote", "purchase__entitlement", "claimed_by"
    )


def _of_deposit(text: str) -> Q:
    low = text.lower()
    if not text:
        return Q()
    if _ADDRESS.fullmatch(low):
        return Q(payer_address=low)
    if _HASH.fullmatch(low):
        # A deposit that left the chain has no place now; its sightings still name the transaction.
        seen = DepositSighting.objects.filter(tx_hash=low).values("deposit")
        return Q(tx_hash=low) | Q(pk__in=seen)
    if _NUMBER.fullmatch(text):
        return Q(nonce=int(text))
    prefix = text.partition("_")[0]
    by_id = {"dep": "public_id", "pur": "purchase__public_id", "rfd": "refunds__public_id"}
    if prefix in by_id:
        return Q(**{by_id[prefix]: text})
    if prefix == "quo":
        offer = Quote.objects.filter(public_id=text).first()
        under = Q(chain_id=offer.chain_id, resolver=offer.resolver, nonce=offer.nonce) if offer else NOTHING
        return under | Q(purchase__quote__public_id=text)
    return Q(purchase__user__username__icontains=text) | Q(purchase__clone__name__icontains=text)


def _of_quote(text: str) -> Q:
    low = text.lower()
    if not text:
        return Q()
    if _ADDRESS.fullmatch(low):
        return Q(wallet_address=low)
    if _HASH.fullmatch(low):
        return Q(purchase__deposit__tx_hash=low)
    if _NUMBER.fullmatch(text):
        return Q(nonce=int(text))
    prefix = text.partition("_")[0]
    by_id = {"quo": "public_id", "pur": "purchase__public_id", "dep": "purchase__deposit__public_id"}
    if prefix in by_id:
        return Q(**{by_id[prefix]: text})
    return Q(user__username__icontains=text) | Q(clone__name__icontains=text) | Q(clone_name__icontains=text)
