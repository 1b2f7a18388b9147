"""The doorway of programs: one look at the Arena and its queue."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.competition.api import examples
from apps.competition.api import serializers as wire
from apps.competition.services import promotion
from apps.operations import clock
from apps.users.permissions import HasLifecycleScope, program_behind

MOST = 200
"""Members ended, places freed and clones admitted at one look, each at most."""


class SyncView(APIView):
    """One look, on a program's word."""

    permission_classes = [HasLifecycleScope]

    @extend_schema(
        operation_id="arena_sync",
        summary="Take one look at the Arena and its queue",
        request=None,
        responses=wire.SyncSerializer,
        examples=examples.SYNC,
        auth=[{"serviceToken": []}],  # type: ignore[list-item] # its hint says names, the document holds objects
    )
    def post(self, request: Request) -> Response:
        """Free the slots and places that are lost, then fill free slots from the head of the queue.

        It is what a worker does every fifteen seconds. Asking twice, also at once, admits nobody twice: the second
        answer tells what was left to do.
        """
        by = program_behind(request, scope=HasLifecycleScope.scope)
        return Response(wire.SyncSerializer(promotion.run_arena(by=by, now=clock.now(), limit=MOST)).data)
