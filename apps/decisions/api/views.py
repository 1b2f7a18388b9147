"""The doorways of decision runs: read only, each one query."""

from __future__ import annotations

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


class DecisionRunsView(ListAPIView[DecisionRun]):
    """A clone's decisions, public."""

    permission_classes = [AllowAny]
    serializer_class = DecisionRunSerializer
    pagination_class = CursorPage
    cursor_ordering = ("-slot_at", "-id")
    queryset = DecisionRun.objects.none()

    def get_queryset(self) -> QuerySet[DecisionRun]:
        """The clone's runs with their actions; 404 for a clone that does not exist."""
        clone = clones.get_public_clone(self.kwargs["clone_id"])
        return queries.list_runs(clone_public_id=clone.public_id)


class DecisionRunView(APIView):
    """One decision of a clone: public in part, whole to the clone's owner."""

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
        """The run; context, raw answer and cost are there for the owner alone."""
        clone = clones.get_public_clone(clone_id)
        run = queries.get_run(run_id)
        if run.version.clone_id != clone.pk:
            raise NotFound("There is no such decision run.")
        owned = request.user.is_authenticated and clone.owner_id == request.user.pk
        wire = OwnedRunSerializer if owned else DecisionRunSerializer
        return Response(wire(run).data)
