"""The doorways of auditions: public to read, an owner's to start."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny, IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.competition import queries
from apps.competition.api import examples
from apps.competition.api import serializers as wire
from apps.competition.models import Audition
from apps.competition.services import auditions, retrying
from apps.core.api import CursorPage
from apps.operations import clock
from apps.trading.queries import Reader


class AuditionsView(generics.GenericAPIView[Audition]):
    """Auditions: public to read, an owner's to start."""

    permission_classes = [IsAuthenticatedOrReadOnly]
    serializer_class = wire.AuditionSerializer
    pagination_class = CursorPage

    def get_queryset(self) -> QuerySet[Audition]:
        """Every audition."""
        return queries.auditions()

    @extend_schema(
        operation_id="auditions_list",
        responses=wire.AuditionSerializer(many=True),
        examples=examples.LISTED,
    )
    def get(self, request: Request) -> Response:
        """Auditions, the latest first."""
        views = queries.audition_views(self.paginate_queryset(self.get_queryset()) or [])
        return self.get_paginated_response(wire.AuditionSerializer(views, many=True).data)

    @extend_schema(
        operation_id="auditions_submit",
        summary="Start an audition of an own clone",
        request=wire.SubmitAuditionSerializer,
        responses={201: wire.AuditionSerializer},
        examples=examples.SUBMIT,
    )
    def post(self, request: Request) -> Response:
        """Start an audition of an own clone with an unused grant.

        A grant that was bought names its rulebook, any other is judged by the one on offer; 409 RULEBOOK_DIFFERS where
        `rulebookDigest` names another. 402 RETRY_NOT_PAID, 403 ENTITLEMENT_EXCEEDED where nothing unused is left;
        409 AUDITION_EXISTS, ALREADY_QUEUED, ALREADY_MEMBER, NOT_PUBLISHED, CLONE_RETIRED, and GRANT_TOO_SMALL where no
        grant that is left covers what is published.
        """
        body = wire.SubmitAuditionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = {"clone_public_id": body.validated_data.pop("clone_id"), **body.validated_data}
        audition = auditions.submit_owned(owner=request.user, now=clock.now(), **given)
        return _begun(audition)


class AuditionView(APIView):
    """One audition, public; that of a hidden clone is there for its owner alone."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auditions_read", responses=wire.AuditionSerializer, examples=examples.AUDITION
    )
    def get(self, request: Request, public_id: str) -> Response:
        """One audition with its latest figures."""
        found = queries.get_audition(public_id, Reader(user_id=request.user.pk))
        return Response(wire.AuditionSerializer(found).data)


class VerdictView(APIView):
    """Why one audition ended as it did, public; that of a hidden clone is there for its owner alone."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="auditions_verdict", responses=wire.VerdictSerializer, examples=examples.VERDICT
    )
    def get(self, request: Request, public_id: str) -> Response:
        """The rule and the mark that decided, the path around it and the orders that led there."""
        told = queries.why(public_id, Reader(user_id=request.user.pk))
        return Response(wire.VerdictSerializer(told).data)


class RetryView(APIView):
    """Another audition after one that failed or was voided."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="auditions_retry",
        summary="Audition again after a failed or voided one",
        request=wire.ChosenRulebookSerializer,
        responses={201: wire.AuditionSerializer},
        examples=examples.RETRY,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Audition the clone of an own failed or voided audition again.

        It takes a grant that was not spent: 402 RETRY_NOT_PAID where none is left. 409 AUDITION_EXISTS while one runs,
        AUDITION_PASSED where this one was passed, and as starting one does.
        """
        body = wire.ChosenRulebookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        audition = retrying.retry_owned(
            owner=request.user, audition_public_id=public_id, now=clock.now(), **body.validated_data
        )
        return _begun(audition)


def _begun(audition: Audition) -> Response:
    [view] = queries.audition_views(queries.auditions().filter(pk=audition.pk))
    return Response(wire.AuditionSerializer(view).data, status=201)
