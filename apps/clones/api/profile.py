"""Routes of a clone's public profile: reading and reporting it, and its owner's picture of it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries, services
from apps.clones.api import examples, examples_profile
from apps.clones.api.pictures import JpegParser, PngParser
from apps.clones.api.reading import body_of, owner_of
from apps.clones.api.serializers.clones import CloneSerializer
from apps.clones.api.serializers.moderation import FiledReportSerializer, FileReportSerializer
from apps.clones.api.serializers.profile import PublicCloneSerializer, refuse_address
from apps.core.api import StrictJSONParser
from apps.core.client_address import client_address, network_of
from apps.core.errors import InvalidInput
from apps.operations import audit, clock


class PublicCloneView(APIView):
    """The public profile of a clone."""

    permission_classes = (AllowAny,)

    @extend_schema(responses=PublicCloneSerializer, examples=examples_profile.PUBLIC)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the profile; a hidden clone is not found."""
        return Response(PublicCloneSerializer(queries.get_public_clone(public_id)).data)


class ReportView(APIView):
    """Reporting a public profile, signed in or not."""

    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="public_clones_report",
        request=FileReportSerializer,
        responses={200: FiledReportSerializer, 201: FiledReportSerializer},
        examples=examples_profile.REPORT,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """File a report; 200 with the open one that the same reporter filed before, 429 for too many."""
        clone = queries.get_public_clone(public_id)
        body = body_of(FileReportSerializer(data=request.data))
        reporter = owner_of(request) if request.user.is_authenticated else None
        visitor = network_of(client_address(request._request))
        report, is_new = services.file_report(
            clone=clone, reporter=reporter, network=visitor, now=clock.now(), **body
        )
        answer = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(FiledReportSerializer(report).data, status=answer)


class ImageView(APIView):
    """The picture of one clone of the caller."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (PngParser, JpegParser, StrictJSONParser)

    @extend_schema(
        operation_id="clones_image_set",
        request={"image/png": OpenApiTypes.BINARY, "image/jpeg": OpenApiTypes.BINARY},
        responses=CloneSerializer,
        examples=examples.CLONE,
    )
    def put(self, request: Request, public_id: str) -> Response:
        """Set the picture: a PNG or JPEG of at most 1 MiB as the body itself, never its address."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        content = _picture_of(request)
        services.upload_image(clone=clone, content=content, by=audit.Actor.user(owner), now=clock.now())
        return _owned(request, public_id)

    @extend_schema(
        operation_id="clones_image_remove", responses={200: CloneSerializer}, examples=examples.CLONE
    )
    def delete(self, request: Request, public_id: str) -> Response:
        """Take the picture away; 409 IMAGE_NOT_SET when there is none."""
        owner = owner_of(request)
        clone = queries.get_owned_clone(public_id, owner=owner)
        services.remove_image(clone=clone, by=audit.Actor.user(owner), now=clock.now())
        return _owned(request, public_id)


def _picture_of(request: Request) -> bytes:
    content = request.data
    if isinstance(content, bytes):
        return content
    refuse_address(content)
    kind = request.content_type or ""
    if kind in {PngParser.media_type, JpegParser.media_type}:
        raise InvalidInput("The body is empty; send the picture in it.", code="IMAGE_INVALID")
    raise UnsupportedMediaType(kind)


def _owned(request: Request, public_id: str) -> Response:
    clone = queries.get_owned_clone(public_id, owner=owner_of(request))
    return Response(CloneSerializer(queries.overviews([clone])[0]).data)
