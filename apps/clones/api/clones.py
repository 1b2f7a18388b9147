"""Routes of an owner's clones."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api.reading import body_of, owner_of
from apps.clones.api.serializers.clones import CloneSerializer, CreateCloneSerializer
from apps.clones.models import Clone
from apps.operations import audit, clock


class CloneListView(generics.ListAPIView[Clone]):
    """The caller's clones."""

    permission_classes = (IsAuthenticated,)
    serializer_class = CloneSerializer
    queryset = Clone.objects.none()

    def get_queryset(self) -> QuerySet[Clone]:
        """Only what the caller owns."""
        return queries.list_clones(owner=owner_of(self.request))

    @extend_schema(request=CreateCloneSerializer, responses={201: CloneSerializer})
    def post(self, request: Request) -> Response:
        """Create a clone with its draft."""
        body = body_of(CreateCloneSerializer(data=request.data))
        owner = owner_of(request)
        clone = services.create_clone(owner=owner, by=audit.Actor.user(owner), now=clock.now(), **body)
        return Response(CloneSerializer(clone).data, status=status.HTTP_201_CREATED)


class CloneView(APIView):
    """One clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=CloneSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the clone; somebody else's is not found."""
        return Response(CloneSerializer(queries.get_owned_clone(public_id, owner=owner_of(request))).data)
