"""Routes of moderation: the list of reports, their resolution, and what operators do to profiles."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api import examples_profile
from apps.clones.api.reading import body_of, owner_of
from apps.clones.api.serializers.moderation import (
    ModeratedSerializer,
    ReasonSerializer,
    ReportSerializer,
    ResolveSerializer,
)
from apps.clones.models import Report
from apps.clones.types import CloneStatus, ReportStatus
from apps.core.errors import InvalidInput
from apps.operations import audit, clock


class IsModerator(BasePermission):
    """Staff who may change clones; what ends one for ever asks for the permission to delete."""

    message = "Only operators with the permission to moderate may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the person and the permission that the view names."""
        user = request.user
        needed = getattr(view, "needs", "clones.change_clone")
        return bool(user.is_authenticated and user.is_staff and user.has_perm(needed))


class ReportListView(generics.ListAPIView[Report]):
    """What people reported."""

    permission_classes = (IsModerator,)
    serializer_class = ReportSerializer
    queryset = Report.objects.none()

    def get_queryset(self) -> QuerySet[Report]:
        """The reports of the status asked for, open ones when none is named; raises InvalidInput."""
        status = self.request.query_params.get("status", ReportStatus.OPEN)
        if status not in ReportStatus.values:
            raise InvalidInput("A report is open, upheld or dismissed.", code="STATUS_UNKNOWN", status=400)
        return queries.list_reports(status=status)

    @extend_schema(
        operation_id="moderation_reports",
        parameters=[OpenApiParameter("status", enum=ReportStatus.values, default=ReportStatus.OPEN)],
        examples=examples_profile.LISTED,
    )
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Reports of one status, newest first."""
        return super().get(request, *args, **kwargs)


class ResolveView(APIView):
    """Deciding one report."""

    permission_classes = (IsModerator,)

    @extend_schema(
        operation_id="moderation_resolve",
        request=ResolveSerializer,
        responses=ReportSerializer,
        examples=examples_profile.RESOLVE,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Uphold or dismiss it; 409 STATE_CHANGED when somebody decided before."""
        report = queries.get_report(public_id)
        body = body_of(ResolveSerializer(data=request.data))
        actor = audit.Actor.user(owner_of(request))
        services.resolve_report(report=report, by=actor, now=clock.now(), **body)
        return Response(ReportSerializer(report).data)


class ModerateView(APIView):
    """One act upon a profile."""

    permission_classes = (IsModerator,)
    to = CloneStatus.HIDDEN

    @extend_schema(
        summary="Hide a clone's profile",
        request=ReasonSerializer,
        responses=ModeratedSerializer,
        examples=examples_profile.MODERATE,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Do it, with a reason; 409 STATE_CHANGED when the clone has left the state that it needs."""
        clone = queries.get_clone(public_id)
        reason = body_of(ReasonSerializer(data=request.data))["reason"]
        actor = audit.Actor.user(owner_of(request))
        services.moderate_clone(clone=clone, to=self.to, reason=reason, by=actor, now=clock.now())
        return Response(ModeratedSerializer(clone).data)


@extend_schema_view(post=extend_schema(summary="Give a hidden profile back"))
class ReinstateView(ModerateView):
    """Giving a hidden profile back."""

    to = CloneStatus.LIVE


@extend_schema_view(post=extend_schema(summary="Retire a clone for ever"))
class RetireView(ModerateView):
    """Retiring a clone for ever."""

    to = CloneStatus.RETIRED
    needs = "clones.delete_clone"
