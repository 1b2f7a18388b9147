"""The signed-in person and the wallets they proved."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED
from rest_framework.views import APIView

from apps.operations import clock
from apps.users import queries
from apps.users.api import examples
from apps.users.api.current import current_session, signed_in_user
from apps.users.api.serializers import (
    ChallengeRequestSerializer,
    ChallengeSerializer,
    MeSerializer,
    ProofSerializer,
    WalletSerializer,
)
from apps.users.api.sign_in import NO_STORE
from apps.users.models import LinkedWallet
from apps.users.services import challenges, pages
from apps.users.services.sign_in import link_wallet


class MeView(APIView):
    """Who the caller is."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="me", tags=["me"], responses=MeSerializer, examples=examples.ME)
    def get(self, request: Request) -> Response:
        """Return the signed-in user with the linked wallets."""
        return Response(MeSerializer(signed_in_user(request)).data)


class WalletListView(generics.ListAPIView[LinkedWallet]):
    """The caller's wallets."""

    serializer_class = WalletSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[LinkedWallet]:
        """The caller's own wallets."""
        if getattr(self, "swagger_fake_view", False):
            return LinkedWallet.objects.none()
        return queries.list_wallets(signed_in_user(self.request))

    @extend_schema(operation_id="wallets", tags=["me"], examples=examples.WALLETS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The wallets that sign the caller in, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="link_wallet",
        tags=["me"],
        request=ProofSerializer,
        responses={201: WalletSerializer},
        examples=examples.LINK,
    )
    def post(self, request: Request) -> Response:
        """Link the wallet that signed the caller's challenge; needs a sign-in of the last ten minutes."""
        proof = ProofSerializer(data=request.data)
        proof.is_valid(raise_exception=True)
        wallet = link_wallet(
            user=signed_in_user(request),
            session=current_session(request),
            client=pages.client_of(request._request),
            now=clock.real_now(),
            **proof.validated_data,
        )
        return Response(WalletSerializer(wallet).data, status=HTTP_201_CREATED)


class WalletChallengeView(APIView):
    """Ask for the message that links another wallet."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="wallet_challenge",
        tags=["me"],
        request=ChallengeRequestSerializer,
        responses=ChallengeSerializer,
        examples=examples.CHALLENGE,
    )
    def post(self, request: Request) -> Response:
        """Issue a message for the other wallet to sign; it links that wallet to the caller and nothing else."""
        asked = ChallengeRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        issued = challenges.issue_challenge(
            **asked.validated_data,
            client=pages.client_of(request._request),
            now=clock.real_now(),
            for_user=signed_in_user(request),
        )
        return Response(ChallengeSerializer(issued).data, headers=NO_STORE)
