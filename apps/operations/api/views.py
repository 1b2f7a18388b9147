"""The worker health route, for monitoring programs."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.operations import clock, queries
from apps.operations.api.serializers import WorkerHealthSerializer


class WorkerHealthView(APIView):
    """How every worker and the queue stand; the permission is the project's, named in its settings."""

    def get_permissions(self) -> Sequence[BasePermission]:
        """The permission that OPERATIONS_HEALTH_PERMISSION names."""
        return [import_string(settings.OPERATIONS_HEALTH_PERMISSION)()]

    @extend_schema(
        responses=WorkerHealthSerializer,
        operation_id="worker_health",
        tags=["internal"],
        auth=[{"serviceToken": []}],  # type: ignore[list-item] # its hint says names, the document holds objects
    )
    def get(self, request: Request) -> Response:
        """Worker health."""
        workers = queries.list_workers(real_now=clock.real_now())
        summary = {
            "healthy": all(worker.health in {"ok", "running"} for worker in workers),
            "market_time": clock.now(),
            "clock_speed": clock.speed(),
            "workers": workers,
            "queue": queries.queue_health(),
        }
        return Response(WorkerHealthSerializer(summary).data)
