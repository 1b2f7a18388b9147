"""The doorway of dry runs: one decision tried out by the owner, with nothing written."""

from typing import cast

from django.contrib.auth.models import AbstractUser
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.clones import queries as clones
from apps.operations import clock
from apps.trading.api import examples_dry_run as examples
from apps.trading.api.serializers.dry_run import DryRunRequestSerializer, DryRunSerializer
from apps.trading.services.dry_run import dry_run


class DryRunView(APIView):
    """Trying out what a clone of the caller would decide now."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="decision_dry_run",
        request=DryRunRequestSerializer,
        responses=DryRunSerializer,
        examples=[*examples.TRY, *examples.TRIED],
    )
    def post(self, request: Request, clone_id: str) -> Response:
        """Decide once by the draft or a version, with every gate and the fill; nothing is sealed, traded or booked.

        A draft is refused with the faults that publishing it would meet, a version with what keeps it from deciding. What
        a model costs counts like any call. An owner tries one at a time (429 DRY_RUN_UNDER_WAY) and twelve times a minute
        (429 RATE_LIMITED); 503 DRY_RUNS_BUSY while as many are under way as are served at once. A model is given 20 s.
        """
        clone = clones.get_owned_clone(clone_id, owner=cast(AbstractUser, request.user))
        sent = DryRunRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        tried = dry_run(clone=clone, now=clock.now(), **sent.validated_data)
        context = {"size_decimals": tried.size_decimals}
        return Response(DryRunSerializer(tried, context=context).data)
