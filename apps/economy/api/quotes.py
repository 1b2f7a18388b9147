"""Routes of offers: what an audition costs, an offer to pay it, what came of the offer, and saying that it was paid."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED
from rest_framework.views import APIView

from apps.clones.graph import LIMITS
from apps.economy.api import answers, examples
from apps.economy.api import serializers as wire
from apps.economy.api.reading import IDEMPOTENCY_KEY, NO_STORE, asked, body_of, once, paying_wallet, person
from apps.economy.queries import payments
from apps.economy.services import chains, quotes, submitting
from apps.operations import clock
from apps.operations.audit import Actor


class QuoteView(APIView):
    """The price of an audition for anybody, and an offer of it to a signed-in person."""

    def get_permissions(self) -> list[BasePermission]:
        """Anybody may read prices."""
        return [AllowAny() if self.request.method in ("GET", "HEAD", "OPTIONS") else IsAuthenticated()]

    @extend_schema(
        operation_id="audition_fee_price",
        parameters=[wire.PriceQuery],
        responses=wire.PriceSerializer,
        examples=examples.PRICE,
    )
    def get(self, request: Request) -> Response:
        """What an audition costs, and where it can be paid; 422 for more assets, or fewer, than the tier is for."""
        wanted = asked(request, wire.PriceQuery)
        wanted.setdefault("asset_capacity", LIMITS[wanted["tier"]].active_assets)
        price = {**wanted, "fee_wei": quotes.price(**wanted), "payable_at": chains.offered()}
        return Response(wire.PriceSerializer(price).data)

    @extend_schema(
        operation_id="audition_fee_quote",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.AskQuoteSerializer,
        responses={201: wire.QuoteSerializer},
        examples=examples.QUOTE,
    )
    def post(self, request: Request) -> Response:
        """Offer an audition of one clone; the price holds until the offer runs out.

        The number under which to pay is this offer's alone. 403 WALLET_NOT_LINKED for a wallet that is not the caller's;
        422 WRONG_CHAIN, ASSET_CAPACITY_INVALID; 409 NAME_TAKEN, CLONE_RETIRED, GRANT_TOO_SMALL; 503 PAYMENTS_OFF, or
        CHAIN_UNAVAILABLE, which passes.
        """
        wanted = body_of(wire.AskQuoteSerializer(data=request.data))
        return once(request, lambda: (HTTP_201_CREATED, _offer(request, wanted)), apart=True)


class QuoteDetailView(APIView):
    """One offer of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="audition_fee_quote_read", responses=wire.QuoteSerializer, examples=examples.QUOTE_READ
    )
    def get(self, request: Request, public_id: str) -> Response:
        """The offer, the confirmations of what was paid for it, and what that bought; ask again while it waits."""
        payment = payments.get_payment(user=person(request), quote_id=public_id, now=clock.real_now())
        return Response(answers.quote(payment), headers=NO_STORE)


class SubmitView(APIView):
    """Saying that an offer was paid."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="audition_fee_submit",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.SubmitSerializer,
        responses={200: wire.PurchaseSerializer, 202: wire.PendingSerializer},
        examples=examples.SUBMIT,
    )
    def post(self, request: Request) -> Response:
        """Look for the payment on the chain now; the same purchase again however often it is asked.

        202 DEPOSIT_PENDING while it is not final. 422 QUOTE_MISMATCH, DEPOSIT_NOT_FOUND, TX_REVERTED, WRONG_TOKEN,
        OTHER_PAYER, AMOUNT_TOO_LOW or WRONG_CHAIN; 409 QUOTE_EXPIRED, QUOTE_USED, DEPOSIT_ALREADY_CLAIMED, or
        DEPOSIT_NOT_SEEN, which may pass; 403 QUOTE_OF_ANOTHER; 503 PAYMENTS_OFF, or CHAIN_UNAVAILABLE, which passes.
        """
        said = body_of(wire.SubmitSerializer(data=request.data))
        return once(request, lambda: answers.submission(_submit(request, said)), apart=True)


def _offer(request: Request, wanted: dict[str, Any]) -> dict[str, Any]:
    user, now = person(request), clock.real_now()
    wallet = paying_wallet(request, wanted.pop("wallet_address", ""))
    first = next((vault.chain_id for vault in chains.offered()), 0)
    vault = chains.get_vault(wanted.pop("chain_id", first))
    offer = quotes.offer(
        user=user,
        wallet_address=wallet,
        chain_id=vault.chain_id,
        open_readers=chains.in_time(),
        by=Actor.user(user),
        now=now,
        **wanted,
    )
    return answers.quote(payments.get_payment(user=user, quote_id=offer.public_id, now=now))


def _submit(request: Request, said: dict[str, Any]) -> submitting.Submission:
    user = person(request)
    return submitting.submit(
        user=user, open_readers=chains.in_time(), by=Actor.user(user), now=clock.real_now(), **said
    )
