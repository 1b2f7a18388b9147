"""Routes of an owner's clones, and the public profile."""

from typing import Any, cast

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api.serializers import (
    CloneSerializer,
    CreateCloneSerializer,
    DraftSerializer,
    PublicCloneSerializer,
    SaveDraftSerializer,
    VersionSerializer,
)
from apps.clones.models import Clone
from apps.operations import audit, clock


def _owner(request: Request) -> AbstractUser:
    return cast(AbstractUser, request.user)


def _body(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class CloneListView(generics.ListAPIView[Clone]):
    """The caller's clones."""

    permission_classes = (IsAuthenticated,)
    serializer_class = CloneSerializer
    queryset = Clone.objects.none()

    def get_queryset(self) -> QuerySet[Clone]:
        """Only what the caller owns."""
        return queries.list_clones(owner=_owner(self.request))

    @extend_schema(request=CreateCloneSerializer, responses={201: CloneSerializer})
    def post(self, request: Request) -> Response:
        """Create a clone with its draft."""
        body = _body(CreateCloneSerializer(data=request.data))
        owner = _owner(request)
        clone = services.create_clone(owner=owner, by=audit.Actor.user(owner), now=clock.now(), **body)
        return Response(CloneSerializer(clone).data, status=status.HTTP_201_CREATED)


class CloneView(APIView):
    """One clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=CloneSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the clone; somebody else's is not found."""
        return Response(CloneSerializer(queries.get_owned_clone(public_id, owner=_owner(request))).data)


class DraftView(APIView):
    """The draft of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=DraftSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the draft."""
        clone = queries.get_owned_clone(public_id, owner=_owner(request))
        return Response(DraftSerializer(queries.get_draft(clone)).data)

    @extend_schema(request=SaveDraftSerializer, responses=DraftSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Replace the draft."""
        owner = _owner(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        body = _body(SaveDraftSerializer(data=request.data))
        draft = services.save_draft(clone=clone, by=audit.Actor.user(owner), now=clock.now(), **body)
        return Response(DraftSerializer(draft).data)


class PublishView(APIView):
    """Publication of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=VersionSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Publish the draft; repeating it changes nothing."""
        owner = _owner(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        version = services.publish(clone=clone, by=audit.Actor.user(owner), now=clock.now())
        return Response(VersionSerializer(version).data)


class PublicCloneView(APIView):
    """The public profile of a clone."""

    permission_classes = (AllowAny,)

    @extend_schema(responses=PublicCloneSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the profile; a hidden clone is not found."""
        return Response(PublicCloneSerializer(queries.get_public_clone(public_id)).data)
