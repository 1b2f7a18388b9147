"""Routes of an owner's clones: list, create, read, edit, delete, fork, lineage and entitlements."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api import examples, examples_profile
from apps.clones.api.reading import body_of, owner_of
from apps.clones.api.serializers.clones import (
    CloneSerializer,
    CreateCloneSerializer,
    EntitlementSerializer,
    ForkSerializer,
    LineageSerializer,
)
from apps.clones.api.serializers.profile import EditProfileSerializer
from apps.clones.models import Clone, Entitlement
from apps.operations import audit, clock


def _written(clone: Clone) -> dict[str, object]:
    return dict(CloneSerializer(queries.overviews([clone])[0]).data)


class CloneListView(generics.GenericAPIView[Clone]):
    """The caller's clones."""

    permission_classes = (IsAuthenticated,)
    queryset = Clone.objects.none()
    serializer_class = CloneSerializer

    @extend_schema(operation_id="clones_list", responses=CloneSerializer(many=True), examples=examples.CLONES)
    def get(self, request: Request) -> Response:
        """The caller's clones, newest first."""
        page = self.paginate_queryset(queries.list_clones(owner=owner_of(request)))
        return self.get_paginated_response(CloneSerializer(queries.overviews(page or []), many=True).data)

    @extend_schema(
        operation_id="clones_create",
        request=CreateCloneSerializer,
        responses={201: CloneSerializer},
        examples=[*examples.CREATE, *examples.CLONE],
    )
    def post(self, request: Request) -> Response:
        """Create a clone with its draft; 403 ENTITLEMENT_EXCEEDED when no free clone is left."""
        body = body_of(CreateCloneSerializer(data=request.data))
        owner = owner_of(request)
        clone = services.create_clone(owner=owner, by=audit.Actor.user(owner), now=clock.now(), **body)
        return Response(_written(clone), status=status.HTTP_201_CREATED)


class CloneView(APIView):
    """One clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="clones_read", responses=CloneSerializer, examples=examples.CLONE)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the clone; somebody else's is not found."""
        return Response(_written(queries.get_owned_clone(public_id, owner=owner_of(request))))

    @extend_schema(
        operation_id="clones_edit",
        request=EditProfileSerializer,
        responses=CloneSerializer,
        examples=[*examples_profile.EDIT, *examples.CLONE],
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """Change name or description, public at once; 409 NAME_TAKEN for a name that looks like another's."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        body = body_of(EditProfileSerializer(data=request.data))
        edited = services.edit_profile(clone=clone, by=audit.Actor.user(owner), now=clock.now(), **body)
        return Response(_written(edited))

    @extend_schema(operation_id="clones_delete", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Delete the clone; 409 CLONE_IN_USE while an audition, the queue, the Arena or a replay needs it."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        services.delete_clone(clone=clone, by=audit.Actor.user(owner), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ForkView(APIView):
    """Forking one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="clones_fork",
        request=ForkSerializer,
        responses={201: CloneSerializer},
        examples=[*examples.FORK, *examples.CLONE],
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Make a new clone whose draft is a copy of one of this clone's versions."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        body = body_of(ForkSerializer(data=request.data))
        version = queries.get_version(clone, body.pop("version"))
        actor = audit.Actor.user(owner)
        forked = services.fork_clone(clone=clone, version=version, by=actor, now=clock.now(), **body)
        return Response(_written(forked), status=status.HTTP_201_CREATED)


class LineageView(APIView):
    """Where one clone of the caller comes from, and what came from it."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="clones_lineage", responses=LineageSerializer, examples=examples.LINEAGE)
    def get(self, request: Request, public_id: str) -> Response:
        """The versions it descends from, nearest first, and its forks."""
        clone = queries.get_owned_clone(public_id, owner=owner_of(request))
        line = {"ancestors": queries.ancestors(clone), "forks": queries.list_forks(clone)}
        return Response(LineageSerializer.to_representation(line))


class EntitlementListView(generics.ListAPIView[Entitlement]):
    """What one clone of the caller may use, withdrawn and spent grants included."""

    permission_classes = (IsAuthenticated,)
    serializer_class = EntitlementSerializer
    queryset = Entitlement.objects.none()

    def get_queryset(self) -> QuerySet[Entitlement]:
        """The grants of an owned clone, newest first."""
        clone = queries.get_owned_clone(self.kwargs["public_id"], owner=owner_of(self.request))
        return queries.list_entitlements(clone)

    @extend_schema(operation_id="clones_entitlements", examples=examples.ENTITLEMENTS)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """The clone's grants, newest first."""
        return super().get(request, *args, **kwargs)
