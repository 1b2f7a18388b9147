"""Invariants of what was bought: one number, one offer, one deposit, one grant."""

from typing import Any

from django.db.models import Count, F, Q

from apps.clones import queries as clones
from apps.competition import queries as competition
from apps.competition.types import RefundDecision
from apps.economy.models import Deposit, Purchase, Quote
from apps.economy.types import PurchaseStatus, QuoteStatus
from apps.operations.invariants import invariant

GRANTED = "purchase:"
"""How the source of a grant begins that was bought."""

_PLACE = ("chain_id", "tx_hash", "log_index")
_NUMBER = ("chain_id", "resolver", "nonce")


@invariant("I-16", "A deposit is one: by its place on the chain, and by the number under which it bought.")
def deposits_are_unique() -> list[str]:
    """Places that two deposits claim, numbers that bought twice, purchases under another number than was paid."""
    places = Deposit.objects.exclude(tx_hash="").order_by().values(*_PLACE)
    shared = places.annotate(uses=Count("id")).filter(uses__gt=1)
    numbers = Purchase.objects.order_by().values(*_NUMBER).annotate(uses=Count("id")).filter(uses__gt=1)
    offered = Q(**{name: F(f"quote__{name}") for name in _NUMBER})
    return [
        *(f"{row['tx_hash']}/{row['log_index']} is {row['uses']} deposits" for row in shared),
        *(f"number {row['nonce']} bought {row['uses']} times" for row in numbers),
        *_say(Purchase.objects.exclude(offered), "bought under another number than was offered"),
    ]


@invariant(
    "I-17", "A purchase that stands brought one grant, the one that was offered; nothing else brought one."
)
def purchases_are_granted() -> list[str]:
    """Grants other than what was paid for, grants that are gone though nothing is given back, grants of no purchase."""
    offered = Q(
        entitlement__clone=F("clone"),
        entitlement__tier=F("quote__tier"),
        entitlement__model_strength=F("quote__model_strength"),
        entitlement__terms_digest=F("quote__rulebook_digest"),
        entitlement__is_mock=False,
        entitlement__source__startswith=GRANTED,
    )
    leaving = competition.list_refunds().exclude(status=RefundDecision.DENIED).values("entitlement")
    standing = Purchase.objects.filter(status=PurchaseStatus.CONFIRMED)
    lost = standing.filter(entitlement__revoked_at__isnull=False).exclude(entitlement__in=leaving)
    paid_for = set(Purchase.objects.values_list("entitlement_id", flat=True))
    return [
        *_say(Purchase.objects.exclude(offered), "another grant than was offered"),
        *_say(lost, "stands, and its grant is withdrawn"),
        *(
            f"{grant} was bought by nothing"
            for grant in clones.list_granted(GRANTED)
            if grant.pk not in paid_for
        ),
    ]


@invariant("I-18", "A purchase that was reversed or given back has no grant that counts.")
def reversed_purchases_grant_nothing() -> list[str]:
    """Purchases that no longer stand and whose grant does."""
    over = Purchase.objects.exclude(status=PurchaseStatus.CONFIRMED)
    return _say(over.filter(entitlement__revoked_at__isnull=True), "does not stand, and its grant counts")


@invariant("I-20", "One offer pays for one purchase, at its price.")
def quotes_are_used_once() -> list[str]:
    """Offers that are used without a purchase or bought without being used; purchases at another price or owner."""
    used = Quote.objects.filter(status=QuoteStatus.USED)
    bought = Quote.objects.filter(purchase__isnull=False)
    same = Q(fee_wei=F("quote__fee_wei"), user=F("quote__user"))
    return [
        *_say(used.filter(purchase__isnull=True), "is used, and nothing was bought"),
        *_say(bought.exclude(status=QuoteStatus.USED), "bought something, and is not used"),
        *_say(Purchase.objects.exclude(same), "has another price or owner than its offer"),
    ]


def _say(rows: Any, fault: str) -> list[str]:
    return [f"{name} {fault}" for name in rows.order_by("pk").values_list("public_id", flat=True)]
