"""The public read of how ingestion stands."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.market import queries
from apps.market.api import serializers as wire
from apps.operations import clock


class IngestionHealthView(APIView):
    """How the price source, its channels and each price stand."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="market_ingestion_health", responses=wire.IngestionHealthSerializer)
    def get(self, request: Request) -> Response:
        """Report health."""
        health = queries.ingestion_health(clock.now(), real_now=clock.real_now(), speed=clock.speed())
        return Response(wire.IngestionHealthSerializer(health).data)
