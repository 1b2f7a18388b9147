"""Routes of a clone's public profile."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries
from apps.clones.api.serializers.profile import PublicCloneSerializer


class PublicCloneView(APIView):
    """The public profile of a clone."""

    permission_classes = (AllowAny,)

    @extend_schema(responses=PublicCloneSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the profile; a hidden clone is not found."""
        return Response(PublicCloneSerializer(queries.get_public_clone(public_id)).data)
