"""Routes of what a person has: purchases, deposits that may be claimed or asked back, and refunds to fetch."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED
from rest_framework.views import APIView

from apps.core import limits
from apps.economy.api import examples
from apps.economy.api import serializers as wire
from apps.economy.api.reading import IDEMPOTENCY_KEY, body_of, once, person
from apps.economy.models import Deposit, Purchase, Refund
from apps.economy.queries import own
from apps.economy.services import claims, refunds
from apps.operations import clock
from apps.operations.audit import Actor

RATE = "30/minute"


class PurchaseListView(ListAPIView[Purchase]):
    """What the caller bought."""

    permission_classes = (IsAuthenticated,)
    serializer_class = wire.PurchaseSerializer
    queryset = Purchase.objects.none()

    def get_queryset(self) -> QuerySet[Purchase]:
        """The caller's purchases."""
        return own.list_own_purchases(person(self.request))

    @extend_schema(operation_id="purchases_list", examples=examples.PURCHASES)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The caller's purchases, newest first, with those that were taken back or given back."""
        return super().get(request, *args, **kwargs)


class DepositListView(ListAPIView[Deposit]):
    """What the caller's wallets paid in."""

    permission_classes = (IsAuthenticated,)
    serializer_class = wire.DepositSerializer
    queryset = Deposit.objects.none()

    def get_queryset(self) -> QuerySet[Deposit]:
        """The deposits of the caller's linked wallets."""
        return own.list_own_deposits(person(self.request))

    @extend_schema(operation_id="deposits_list", examples=examples.DEPOSITS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the caller's linked wallets paid in, newest first; `unmatchedReason` says why one bought nothing."""
        return super().get(request, *args, **kwargs)


class RefundListView(ListAPIView[Refund]):
    """What goes back to the caller's wallets."""

    permission_classes = (IsAuthenticated,)
    serializer_class = wire.RefundSerializer
    queryset = Refund.objects.none()

    def get_queryset(self) -> QuerySet[Refund]:
        """The refunds to the caller's linked wallets."""
        return own.list_own_refunds(person(self.request))

    @extend_schema(operation_id="refunds_list", examples=examples.REFUNDS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What goes back to the caller's linked wallets, newest first; of a signed one what a wallet sends to fetch it."""
        return super().get(request, *args, **kwargs)


class ClaimView(APIView):
    """Letting a deposit that bought nothing pay an offer."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="deposits_claim",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.ClaimSerializer,
        responses=wire.PurchaseSerializer,
        examples=examples.CLAIM,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Let a deposit that bought nothing pay an own offer: an open one, or the one that it missed by a day at most.

        422 AMOUNT_TOO_LOW; 409 DEPOSIT_PENDING, DEPOSIT_ALREADY_CLAIMED, REFUND_EXISTS, QUOTE_USED, QUOTE_EXPIRED.
        """
        said = body_of(wire.ClaimSerializer(data=request.data))
        limits.take("economy.claim", str(person(request).pk), rate=RATE)
        return once(request, lambda: (HTTP_200_OK, _claim(request, public_id, said["quote_id"])))


class RefundView(APIView):
    """Asking for a deposit that bought nothing, or for what was paid beyond a price."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="deposits_refund",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.AskRefundSerializer,
        responses={201: wire.RefundSerializer},
        examples=examples.ASK_REFUND,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Ask for what is owed of a deposit; it goes back to the wallet that paid once an operator lets it go.

        409 REFUND_EXISTS, NOTHING_OWED or DEPOSIT_NOT_CONFIRMED; while it waits, the deposit buys nothing.
        """
        said = body_of(wire.AskRefundSerializer(data=request.data))
        limits.take("economy.refund", str(person(request).pk), rate=RATE)
        return once(request, lambda: (HTTP_201_CREATED, _ask(request, public_id, said)))


class RenewView(APIView):
    """Having a refund signed anew that was not fetched in time."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="refunds_renew",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: wire.RefundSerializer},
        examples=examples.RENEW_REFUND,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """The same amount to the same wallet, signed under a new number as a refund of its own; nobody needs to approve it.

        409 REFUND_NOT_EXPIRED, REFUND_EXISTS, REFUND_SUPERSEDED, AMOUNT_CHANGED, NOTHING_OWED or DEPOSIT_NOT_CONFIRMED.
        """
        limits.take("economy.refund", str(person(request).pk), rate=RATE)
        return once(request, lambda: (HTTP_201_CREATED, _renew(request, public_id)))


def _claim(request: Request, deposit_id: str, quote_id: str) -> dict[str, Any]:
    user = person(request)
    purchase = claims.claim(
        user=user,
        deposit_public_id=deposit_id,
        quote_public_id=quote_id,
        by=Actor.user(user),
        now=clock.real_now(),
    )
    return dict(wire.PurchaseSerializer(own.get_own_purchase(user, purchase.public_id)).data)


def _ask(request: Request, deposit_id: str, said: dict[str, Any]) -> dict[str, Any]:
    user = person(request)
    deposit = own.get_own_deposit(user, deposit_id)
    refund = refunds.owner_ask(deposit=deposit, by=Actor.user(user), now=clock.real_now(), **said)
    return dict(wire.RefundSerializer(refund).data)


def _renew(request: Request, refund_id: str) -> dict[str, Any]:
    user = person(request)
    expired = own.get_own_refund(user, refund_id)
    refund = refunds.owner_renew(refund=expired, by=Actor.user(user), now=clock.real_now())
    return dict(wire.RefundSerializer(refund).data)
