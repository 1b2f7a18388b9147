"""The caller's own sign-ins: list them, end one, end the others, sign out."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from apps.operations import clock
from apps.operations.audit import Actor
from apps.users import queries
from apps.users.api import examples
from apps.users.api.current import current_session, signed_in_user
from apps.users.api.serializers import EndedSerializer, SessionSerializer
from apps.users.models import Session
from apps.users.services import sessions
from apps.users.types import SessionEnd


class SessionListView(generics.ListAPIView[Session]):
    """Every device on which the caller is signed in."""

    serializer_class = SessionSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[Session]:
        """The caller's live sessions."""
        if getattr(self, "swagger_fake_view", False):
            return Session.objects.none()
        return queries.list_sessions(signed_in_user(self.request), now=clock.real_now())

    def get_serializer_context(self) -> dict[str, Any]:
        """With the session that asks."""
        context = super().get_serializer_context()
        fake = getattr(self, "swagger_fake_view", False)
        return {**context, "current": None if fake else current_session(self.request)}

    @extend_schema(operation_id="sessions", tags=["auth"], examples=examples.SESSIONS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The caller's live sign-ins, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="end_other_sessions",
        tags=["auth"],
        responses={200: EndedSerializer},
        examples=examples.ENDED,
    )
    def delete(self, request: Request) -> Response:
        """End every sign-in of the caller but the one that asks."""
        user = signed_in_user(request)
        ended = sessions.end_all(
            user=user,
            because=SessionEnd.REVOKED,
            by=Actor.user(user),
            now=clock.real_now(),
            except_session=current_session(request),
        )
        return Response({"ended_count": ended})


class SessionView(APIView):
    """One sign-in of the caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="end_session", tags=["auth"], responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """End one sign-in of the caller; its tokens and pages are refused from the next request on."""
        user = signed_in_user(request)
        session = queries.get_session(user, public_id)
        sessions.end_session(
            session=session, because=SessionEnd.REVOKED, by=Actor.user(user), now=clock.real_now()
        )
        return Response(status=HTTP_204_NO_CONTENT)


class LogoutView(APIView):
    """Sign out."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="session_logout", tags=["auth"], request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End the sign-in that asks."""
        session, user = current_session(request), signed_in_user(request)
        if session is not None:
            sessions.end_session(
                session=session, because=SessionEnd.SIGNED_OUT, by=Actor.user(user), now=clock.real_now()
            )
        return Response(status=HTTP_204_NO_CONTENT)
