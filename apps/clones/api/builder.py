"""Routes of the strategy builder: check a document, compose a basic one, read the catalogue."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import graph, queries, services
from apps.clones.api import examples
from apps.clones.api.reading import body_of
from apps.clones.api.serializers.builder import (
    BasicSerializer,
    CatalogueSerializer,
    CheckSerializer,
    DocumentSerializer,
    ReviewSerializer,
)


class CheckView(APIView):
    """Checking a document that need not belong to a clone yet."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="graph_check",
        request=CheckSerializer,
        responses=ReviewSerializer,
        examples=[*examples.CHECK, *examples.REVIEW],
    )
    def post(self, request: Request) -> Response:
        """Every fault of the document at once, or what it compiles to and uses; nothing is saved."""
        review = graph.review(**body_of(CheckSerializer(data=request.data)))
        return Response(ReviewSerializer(review).data)


class BasicView(APIView):
    """The builder's basic mode."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="graph_basic",
        request=BasicSerializer,
        responses=DocumentSerializer,
        examples=[*examples.BASIC, *examples.DOCUMENT],
    )
    def post(self, request: Request) -> Response:
        """The graph document of a few choices; nothing is saved."""
        document = services.compose_basic(**body_of(BasicSerializer(data=request.data)))
        return Response(DocumentSerializer({"document": document}).data)


class CatalogueView(APIView):
    """What a builder chooses from."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="clone_catalogue", responses=CatalogueSerializer, examples=examples.CATALOGUE)
    def get(self, request: Request) -> Response:
        """Streams, depths, engines, strategies, tiers, assets and prices."""
        return Response(CatalogueSerializer(queries.catalogue()).data)
