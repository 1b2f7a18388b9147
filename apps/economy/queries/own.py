"""What a person reads of the money path: their purchases, what their wallets paid in, and what comes back to them."""

from typing import Any

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.economy.models import Deposit, Purchase, Quote, Refund
from apps.users import queries as users


def list_own_purchases(user: Any) -> QuerySet[Purchase]:
    """The user's purchases with all that they bind, newest first."""
    return Purchase.objects.filter(user=user).select_related("quote", "deposit", "clone", "entitlement")


def list_own_deposits(user: Any) -> QuerySet[Deposit]:
    """What the user's linked wallets paid in, newest first, whatever it was for."""
    return Deposit.objects.filter(payer_address__in=addresses_of(user)).select_related("purchase")


def list_own_refunds(user: Any) -> QuerySet[Refund]:
    """What goes or went back to the user's linked wallets, newest first."""
    return Refund.objects.filter(payee_address__in=addresses_of(user)).select_related("deposit", "purchase")


def list_refunds_since(refund: Refund) -> QuerySet[Refund]:
    """What was asked for or signed after this refund for the same money, newest first."""
    return Refund.objects.filter(deposit=refund.deposit_id, cause=refund.cause, pk__gt=refund.pk)


def get_own_purchase(user: Any, public_id: str) -> Purchase:
    """One of the user's purchases; NotFound for another's."""
    return _only(list_own_purchases(user), public_id, "purchase")


def get_own_deposit(user: Any, public_id: str) -> Deposit:
    """One of the deposits of the user's linked wallets; NotFound for another's."""
    return _only(list_own_deposits(user), public_id, "deposit")


def get_own_refund(user: Any, public_id: str) -> Refund:
    """One of the refunds to the user's linked wallets; NotFound for another's."""
    return _only(list_own_refunds(user), public_id, "refund")


def get_own_quote(user: Any, public_id: str) -> Quote:
    """One of the offers made to the user; NotFound for another's."""
    return _only(Quote.objects.filter(user=user).select_related("clone"), public_id, "quote")


def addresses_of(user: Any) -> list[str]:
    """The user's linked wallets: 0x, lower case."""
    return list(users.list_wallets(user).values_list("address", flat=True))


def _only(rows: QuerySet[Any], public_id: str, noun: str) -> Any:
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"You have no such {noun}.", code=f"{noun.upper()}_NOT_FOUND")
    return found
