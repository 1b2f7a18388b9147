"""Routes of a clone's draft and its published versions."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api import examples
from apps.clones.api.reading import (
    ETAG,
    IF_MATCH,
    IF_MATCH_OPTIONAL,
    body_of,
    etag_of,
    expected_revision,
    owner_of,
)
from apps.clones.api.serializers.strategies import (
    DraftSerializer,
    RestoreDraftSerializer,
    SaveDraftSerializer,
    VersionDetailSerializer,
    VersionDiffSerializer,
    VersionSerializer,
)
from apps.clones.models import StrategyVersion
from apps.core.api import StrictSerializer
from apps.operations import audit, clock


class DraftView(APIView):
    """The draft of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="draft_read", parameters=[ETAG], responses=DraftSerializer, examples=examples.DRAFT
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Return the draft; its ETag is what a save names in If-Match."""
        draft = queries.get_draft(queries.get_owned_clone(public_id, owner=owner_of(request)))
        return Response(DraftSerializer(draft).data, headers=etag_of(draft))

    @extend_schema(
        operation_id="draft_save",
        parameters=[IF_MATCH, ETAG],
        request=SaveDraftSerializer,
        responses=DraftSerializer,
        examples=[*examples.SAVE_DRAFT, *examples.DRAFT],
    )
    def put(self, request: Request, public_id: str) -> Response:
        """Replace the draft; 412 DRAFT_CONFLICT when somebody saved since it was read."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        revision = expected_revision(request)
        document = body_of(SaveDraftSerializer(data=request.data))["document"]
        actor, now = audit.Actor.user(owner), clock.now()
        draft = services.save_draft(
            clone=clone, document=document, by=actor, now=now, expected_revision=revision
        )
        return Response(DraftSerializer(draft).data, headers=etag_of(draft))


class RestoreView(APIView):
    """Going back to a published version of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="draft_restore",
        parameters=[IF_MATCH, ETAG],
        request=RestoreDraftSerializer,
        responses=DraftSerializer,
        examples=[*examples.RESTORE, *examples.DRAFT],
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Make a version's document the draft again; nothing is published by it."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        revision = expected_revision(request)
        number = body_of(RestoreDraftSerializer(data=request.data))["version"]
        version = queries.get_version(clone, number)
        actor, now = audit.Actor.user(owner), clock.now()
        draft = services.restore_draft(
            clone=clone, version=version, by=actor, now=now, expected_revision=revision
        )
        return Response(DraftSerializer(draft).data, headers=etag_of(draft))


class PublishView(APIView):
    """Publication of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="draft_publish",
        parameters=[IF_MATCH_OPTIONAL],
        request=None,
        responses=VersionSerializer,
        examples=examples.VERSION,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Publish the draft; repeating it changes nothing. Runs under way keep the version they began with."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        revision = expected_revision(request, required=False)
        body_of(StrictSerializer(data=request.data))
        actor, now = audit.Actor.user(owner), clock.now()
        version = services.publish(clone=clone, by=actor, now=now, expected_revision=revision)
        return Response(VersionSerializer(version).data)


class VersionListView(generics.ListAPIView[StrategyVersion]):
    """The published versions of one clone of the caller."""

    permission_classes = (IsAuthenticated,)
    serializer_class = VersionSerializer
    queryset = StrategyVersion.objects.none()

    def get_queryset(self) -> QuerySet[StrategyVersion]:
        """The versions of an owned clone, newest first."""
        clone = queries.get_owned_clone(self.kwargs["public_id"], owner=owner_of(self.request))
        return queries.list_versions(clone).defer("compiled")

    @extend_schema(operation_id="versions_list", examples=examples.VERSION)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """The clone's versions, newest first."""
        return super().get(request, *args, **kwargs)


class VersionView(APIView):
    """One published version of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="versions_read", responses=VersionDetailSerializer, examples=examples.VERSION_DETAIL
    )
    def get(self, request: Request, public_id: str, number: int) -> Response:
        """The version with its document and what that compiled to."""
        clone = queries.get_owned_clone(public_id, owner=owner_of(request))
        return Response(VersionDetailSerializer(queries.get_version(clone, number)).data)


class VersionDiffView(APIView):
    """The difference between two published versions of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="versions_diff", responses=VersionDiffSerializer, examples=examples.VERSION_DIFF
    )
    def get(self, request: Request, public_id: str, number: int, other: int) -> Response:
        """What changes in trading from version `number` to version `other`."""
        clone = queries.get_owned_clone(public_id, owner=owner_of(request))
        changes = queries.diff_versions(clone, number, other)
        return Response(VersionDiffSerializer({"before": number, "after": other, "changes": changes}).data)
