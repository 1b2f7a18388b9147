"""The doorways of decision runs: read only, each one query, and private like what their clone is still proving."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries as clones
from apps.core.api import CursorPage
from apps.core.errors import NotFound
from apps.decisions import queries
from apps.decisions.api.serializers import DecisionRunSerializer, OwnedRunSerializer
from apps.decisions.models import DecisionRun
from apps.decisions.services import payloads
from apps.users.permissions import HasPropReadScope

VIEW = "decisions.view_decisionrun"


class DecisionRunsView(ListAPIView[DecisionRun]):
    """A clone's decisions."""

    permission_classes = [AllowAny]
    serializer_class = DecisionRunSerializer
    pagination_class = CursorPage
    cursor_ordering = ("-slot_at", "-id")
    queryset = DecisionRun.objects.none()

    def get_queryset(self) -> QuerySet[DecisionRun]:
        """The clone's runs with their actions; 404 where the caller has no such clone to read."""
        clone = _readable_clone(self.request, self, self.kwargs["clone_id"])
        return queries.list_runs(clone_public_id=clone.public_id)

    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Every run of the clone, running auditions included: its owner's, operators' and prop programs' to read.

        Anybody else gets 404; the clone's page shows everybody the decisions of accounts that are public.
        """
        return super().get(request, *args, **kwargs)


class DecisionRunView(APIView):
    """One decision of a clone, whole to the clone's owner."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="decision_run",
        responses=PolymorphicProxySerializer(
            component_name="DecisionRunAsSeen",
            serializers=[OwnedRunSerializer, DecisionRunSerializer],
            resource_type_field_name=None,
        ),
    )
    def get(self, request: Request, clone_id: str, run_id: str) -> Response:
        """The run; context, raw answer and cost are there for the owner alone.

        Operators and programs whose service token reads prop accounts get the rest; anybody else gets 404.
        """
        clone = _readable_clone(request, self, clone_id)
        run = queries.get_run(run_id)
        if run.version.clone_id != clone.pk:
            raise NotFound("There is no such decision run.")
        owned = request.user.is_authenticated and clone.owner_id == request.user.pk
        if owned:
            return Response(OwnedRunSerializer(payloads.restored(run)).data)
        return Response(DecisionRunSerializer(run).data)


def _readable_clone(request: Request, view: APIView, public_id: str) -> Any:
    """The clone whose decisions the caller may read; raises NotFound, in the same words, where there is none.

    A run of an audition that is going on gives away its account, and only trading knows which accounts are public,
    so no run is anybody's here.
    """
    user = request.user
    if user.is_authenticated and not (user.is_staff and user.has_perm(VIEW)):
        return clones.get_owned_clone(public_id, owner=user)
    if user.is_authenticated or HasPropReadScope().has_permission(request, view):
        return clones.get_clone(public_id)
    raise NotFound("There is no such clone.", code="CLONE_NOT_FOUND")
