"""The caller's own Terminal link: begin, finish, look, end."""

from typing import Any, cast

from django.contrib.auth.models import AbstractUser
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.operations import clock
from apps.operations.audit import Actor
from apps.terminal import queries
from apps.terminal.api import examples
from apps.terminal.api.serializers import CompleteSerializer, LinkStartSerializer, LinkStateSerializer
from apps.terminal.services import linking


def _caller(request: Request) -> dict[str, Any]:
    user = cast(AbstractUser, request.user)
    return {"user": user, "by": Actor.user(user), "now": clock.real_now()}


class LinkView(APIView):
    """The caller's link."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="terminal_link",
        tags=["terminal"],
        responses=LinkStateSerializer,
        examples=examples.STATE,
    )
    def get(self, request: Request) -> Response:
        """The linked profile with its last known rank and points; status `unlinked` where there is none."""
        state = queries.link_state(user_id=cast(int, request.user.pk))
        return Response(LinkStateSerializer(state).data)

    @extend_schema(
        operation_id="terminal_link_begin",
        tags=["terminal"],
        request=None,
        responses={201: LinkStartSerializer},
        examples=examples.BEGUN,
    )
    def post(self, request: Request) -> Response:
        """Begin linking: send the browser to `authorizeUrl`. 503 TERMINAL_NOT_CONFIGURED where it is off."""
        start = linking.begin_link(**_caller(request))
        return Response(LinkStartSerializer(start).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="terminal_link_end", tags=["terminal"], responses={204: None})
    def delete(self, request: Request) -> Response:
        """End the link; its token is wiped. 404 TERMINAL_NOT_LINKED where there is none."""
        linking.unlink(**_caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CompleteView(APIView):
    """The second half of linking."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="terminal_link_complete",
        tags=["terminal"],
        request=CompleteSerializer,
        responses=LinkStateSerializer,
        examples=examples.COMPLETE,
    )
    def post(self, request: Request) -> Response:
        """Finish with the `state` and `code` the Terminal sent back; each start can be finished once."""
        body = CompleteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        linking.complete_link(**_caller(request), **body.validated_data)
        return Response(LinkStateSerializer(queries.link_state(user_id=cast(int, request.user.pk))).data)
