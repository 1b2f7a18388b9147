"""The doorways of competition: each translates in, calls once, translates out."""

from typing import cast

from django.contrib.auth.models import AbstractUser
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny, IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries as clones
from apps.competition import queries
from apps.competition.api import serializers as wire
from apps.competition.services import auditions
from apps.core.errors import NotFound
from apps.operations import clock


class ArenaView(APIView):
    """The Arena's leaderboard, public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="arena_standings", responses=wire.StandingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Standings by return; a clone that never traded has no rank."""
        return Response(wire.StandingSerializer(queries.arena_standings(), many=True).data)


class QueueView(APIView):
    """The promotion queue, public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="promotion_queue", responses=wire.QueueRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Waiting clones from the head of the queue."""
        return Response(wire.QueueRowSerializer(queries.queue_entries(), many=True).data)


class LifecycleView(generics.GenericAPIView):
    """The caller's clones and where each stands."""

    permission_classes = [IsAuthenticated]
    serializer_class = wire.LifecycleSerializer
    queryset = clones.list_clones().none()

    @extend_schema(
        operation_id="lifecycle_clones",
        responses=wire.LifecycleSerializer(many=True),
        examples=[
            OpenApiExample(
                "On its audition",
                value={
                    "cloneId": "cln_4Zt0Qm9uVb2Yw7Kc1Nf3Xa",
                    "cloneName": "Rubber Band",
                    "state": "audition_running",
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The caller's clones, newest first, each with its derived state."""
        page = self.paginate_queryset(clones.list_clones(owner=cast(AbstractUser, request.user))) or []
        rows = queries.lifecycle_rows(page)
        return self.get_paginated_response(wire.LifecycleSerializer(rows, many=True).data)


class AuditionsView(APIView):
    """Auditions: public to read, an owner's to start."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="auditions_list", responses=wire.AuditionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The latest fifty auditions."""
        return Response(wire.AuditionSerializer(queries.list_auditions(), many=True).data)

    @extend_schema(
        operation_id="auditions_submit",
        request=wire.SubmitAuditionSerializer,
        responses={201: wire.AuditionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Start an audition of an own clone."""
        body = wire.SubmitAuditionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        audition = auditions.submit_owned(
            owner=request.user,
            clone_public_id=body.validated_data["clone_id"],
            rulebook_digest=body.validated_data["rulebook_digest"],
            now=clock.now(),
        )
        return Response(wire.AuditionSerializer(queries.get_audition(audition.public_id)).data, status=201)


class AuditionView(APIView):
    """One audition, public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="auditions_read", responses=wire.AuditionSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """One audition with its latest figures."""
        return Response(wire.AuditionSerializer(queries.get_audition(public_id)).data)


class RulebookView(APIView):
    """A published rulebook, public: what an outsider needs to recompute a verdict."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="rulebooks_read", responses=wire.RulebookSerializer)
    def get(self, request: Request, digest: str) -> Response:
        """The document behind a digest."""
        rulebook = queries.find_rulebook(digest)
        if rulebook is None:
            raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
        return Response(wire.RulebookSerializer(rulebook).data)
