"""Signing in with a wallet: a message to sign, then its signature."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.operations import clock
from apps.users.api import examples
from apps.users.api.serializers import (
    ChallengeRequestSerializer,
    ChallengeSerializer,
    ProofSerializer,
    RefreshSerializer,
    SignInSerializer,
    TokensSerializer,
)
from apps.users.services import challenges, pages, rotation
from apps.users.services.sign_in import sign_in

# What these routes answer is a secret of one person: no cache may keep it.
NO_STORE = {"Cache-Control": "no-store"}


class ChallengeView(APIView):
    """Ask for the message to sign."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="siwe_challenge",
        tags=["auth"],
        request=ChallengeRequestSerializer,
        responses=ChallengeSerializer,
        examples=examples.CHALLENGE,
    )
    def post(self, request: Request) -> Response:
        """Issue an ERC-4361 message that is good for one sign-in within five minutes."""
        asked = ChallengeRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        issued = challenges.issue_challenge(
            **asked.validated_data, client=pages.client_of(request._request), now=clock.real_now()
        )
        return Response(ChallengeSerializer(issued).data, headers=NO_STORE)


class VerifyView(APIView):
    """Hand in the signature."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="siwe_verify",
        tags=["auth"],
        request=ProofSerializer,
        responses=SignInSerializer,
        examples=examples.VERIFY,
    )
    def post(self, request: Request) -> Response:
        """Open a session for the address that signed; an address never seen becomes a new user."""
        proof = ProofSerializer(data=request.data)
        proof.is_valid(raise_exception=True)
        opened = sign_in(
            **proof.validated_data, client=pages.client_of(request._request), now=clock.real_now()
        )
        return Response(SignInSerializer(opened).data, headers=NO_STORE)


class RefreshView(APIView):
    """Trade the refresh token for the next one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="session_refresh",
        tags=["auth"],
        request=RefreshSerializer,
        responses=TokensSerializer,
        examples=examples.REFRESH,
    )
    def post(self, request: Request) -> Response:
        """A new pair of tokens; a lost answer may be asked again within ten seconds, a later copy ends the session."""
        held = RefreshSerializer(data=request.data)
        held.is_valid(raise_exception=True)
        tokens = rotation.refresh(
            **held.validated_data, client=pages.client_of(request._request), now=clock.real_now()
        )
        return Response(TokensSerializer(tokens).data, headers=NO_STORE)
