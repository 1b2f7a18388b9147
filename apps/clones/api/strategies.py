"""Routes of a clone's draft and its published versions."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api.reading import body_of, owner_of
from apps.clones.api.serializers.strategies import DraftSerializer, SaveDraftSerializer, VersionSerializer
from apps.operations import audit, clock


class DraftView(APIView):
    """The draft of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=DraftSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the draft."""
        clone = queries.get_owned_clone(public_id, owner=owner_of(request))
        return Response(DraftSerializer(queries.get_draft(clone)).data)

    @extend_schema(request=SaveDraftSerializer, responses=DraftSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Replace the draft."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        body = body_of(SaveDraftSerializer(data=request.data))
        draft = services.save_draft(clone=clone, by=audit.Actor.user(owner), now=clock.now(), **body)
        return Response(DraftSerializer(draft).data)


class PublishView(APIView):
    """Publication of one clone of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=VersionSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Publish the draft; repeating it changes nothing."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        version = services.publish(clone=clone, by=audit.Actor.user(owner), now=clock.now())
        return Response(VersionSerializer(version).data)
