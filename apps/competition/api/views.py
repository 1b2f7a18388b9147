"""The doorways of competition: each translates in, calls once, translates out."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.competition import queries
from apps.competition.api import serializers as wire
from apps.competition.services import auditions
from apps.core.errors import NotFound
from apps.operations import clock


class ArenaView(APIView):
    """The Arena's leaderboard, public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="arena_standings", responses=wire.StandingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Standings by return; a clone that never traded has no rank."""
        return Response(wire.StandingSerializer(queries.arena_standings(), many=True).data)


class QueueView(APIView):
    """The promotion queue, public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="promotion_queue", responses=wire.QueueRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Waiting clones from the head of the queue."""
        return Response(wire.QueueRowSerializer(queries.queue_entries(), many=True).data)


class AuditionsView(APIView):
    """Auditions: public to read, an owner's to start."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="auditions_list", responses=wire.AuditionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The latest fifty auditions."""
        return Response(wire.AuditionSerializer(queries.list_auditions(), many=True).data)

    @extend_schema(
        operation_id="auditions_submit",
        request=wire.SubmitAuditionSerializer,
        responses={201: wire.AuditionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Start an audition of an own clone."""
        body = wire.SubmitAuditionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        audition = auditions.submit_owned(
            owner=request.user,
            clone_public_id=body.validated_data["clone_id"],
            rulebook_digest=body.validated_data["rulebook_digest"],
            now=clock.now(),
        )
        return Response(wire.AuditionSerializer(queries.get_audition(audition.public_id)).data, status=201)


class AuditionView(APIView):
    """One audition, public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="auditions_read", responses=wire.AuditionSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """One audition with its latest figures."""
        return Response(wire.AuditionSerializer(queries.get_audition(public_id)).data)


class RulebookView(APIView):
    """A published rulebook, public: what an outsider needs to recompute a verdict."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="rulebooks_read", responses=wire.RulebookSerializer)
    def get(self, request: Request, digest: str) -> Response:
        """The document behind a digest."""
        rulebook = queries.find_rulebook(digest)
        if rulebook is None:
            raise NotFound("There is no such rulebook.", code="RULEBOOK_NOT_FOUND")
        return Response(wire.RulebookSerializer(rulebook).data)
