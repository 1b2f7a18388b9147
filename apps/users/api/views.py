"""The signed-in user's own routes."""

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.users.api.serializers import MeSerializer
from apps.users.models import User


class MeView(APIView):
    """Who the caller is."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Return the signed-in user with the linked wallets."""
        return Response(MeSerializer(cast(User, request.user)).data)
