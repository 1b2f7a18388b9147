"""The doorways of competition's public reads, and of what an owner reads of the own clones."""

from typing import cast

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries as clones
from apps.competition import queries
from apps.competition.api import examples
from apps.competition.api import serializers as wire
from apps.competition.models import PromotionEntry, RefundAuthorisation
from apps.competition.types import EntryStatus
from apps.core.api import CursorPage
from apps.core.errors import NotFound


class ArenaView(APIView):
    """The Arena's leaderboard, public."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="arena_standings",
        responses=wire.StandingSerializer(many=True),
        examples=examples.STANDINGS,
    )
    def get(self, request: Request) -> Response:
        """Who has a slot, by return; a clone that never traded has no rank and stands last."""
        return Response(wire.StandingSerializer(queries.arena_standings(), many=True).data)


class QueueView(generics.GenericAPIView[PromotionEntry]):
    """The promotion queue, public."""

    permission_classes = [AllowAny]
    serializer_class = wire.QueueRowSerializer
    pagination_class = CursorPage
    cursor_ordering = "sequence"
    queryset = PromotionEntry.objects.none()

    @extend_schema(
        operation_id="promotion_queue",
        responses=wire.QueueRowSerializer(many=True),
        examples=examples.QUEUE,
    )
    def get(self, request: Request) -> Response:
        """Waiting clones from the head of the queue, each with what keeps it out of a free slot, if anything does."""
        page = self.paginate_queryset(queries.list_entries(status=EntryStatus.WAITING)) or []
        rows = wire.QueueRowSerializer(queries.queue_rows(page), many=True)
        return self.get_paginated_response(rows.data)


class LifecycleView(generics.GenericAPIView):
    """The caller's clones and where each stands."""

    permission_classes = [IsAuthenticated]
    serializer_class = wire.LifecycleSerializer
    queryset = clones.list_clones().none()

    @extend_schema(
        operation_id="lifecycle_clones",
        responses=wire.LifecycleSerializer(many=True),
        examples=examples.CLONES,
    )
    def get(self, request: Request) -> Response:
        """The caller's clones, newest first, each with its derived state."""
        page = self.paginate_queryset(clones.list_clones(owner=cast(AbstractUser, request.user))) or []
        rows = queries.lifecycle_rows(page)
        return self.get_paginated_response(wire.LifecycleSerializer(rows, many=True).data)


class RefundsView(generics.ListAPIView[RefundAuthorisation]):
    """What was asked to be given back of the caller's clones."""

    permission_classes = [IsAuthenticated]
    serializer_class = wire.RefundAuthorisationSerializer
    pagination_class = CursorPage
    queryset = RefundAuthorisation.objects.none()

    def get_queryset(self) -> QuerySet[RefundAuthorisation]:
        """The caller's own."""
        return queries.list_refunds(owner=self.request.user)

    @extend_schema(operation_id="lifecycle_refunds", examples=examples.REFUNDS)
    def get(self, request: Request) -> Response:
        """Refunds of the caller's audition fees, newest first; an authorised one is paid by the economy routes."""
        return self.list(request)


class RulebookView(APIView):
    """A published rulebook, public: what an outsider needs to recompute a verdict."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="rulebooks_read", responses=wire.RulebookSerializer, examples=examples.RULEBOOK
    )
    def get(self, request: Request, digest: str) -> Response:
        """The document behind a digest."""
        rulebook = queries.find_rulebook(digest)
        if rulebook is None:
            raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
        return Response(wire.RulebookSerializer(rulebook).data)
