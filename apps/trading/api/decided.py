"""The doorways of one decision's proof: its bundle, and what executing it again finds."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import limits
from apps.core.client_address import client_address, network_of
from apps.operations import clock
from apps.trading.api import examples_decided as examples
from apps.trading.api.reading import NoQuery, asked, reader_of
from apps.trading.api.serializers.decided import DecisionBundleSerializer, DecisionVerificationSerializer
from apps.trading.services.reexecution import bundle as proof
from apps.trading.services.reexecution import public

BUNDLE_RATE = "60/minute"


class BundleView(APIView):
    """One decision as a file to check."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="prop_decision", responses=DecisionBundleSerializer, examples=examples.BUNDLE)
    def get(self, request: Request, run_id: str) -> Response:
        """Every sealed document of a decision with the digest it must have; `/static/verify_decision.py` checks it.

        For accounts that the caller may read, as `prop/accounts/{id}`; 404 for any other. The strategy's words, the
        prompt and the answer are the owner's: others get their digests. So are exits while the account is open.
        409 DECISION_NOT_SEALED while it is under way, 503 ARTIFACT_STORE_DOWN while what it saw and said is archived
        and the archive does not answer. Sixty a minute from one network, 429 beyond.
        """
        asked(request, NoQuery)
        reader = reader_of(request, self)
        run, account = proof.get_readable_run(run_id, reader)
        if not reader.sees_all:
            limits.take("trading.bundle", _network(request), rate=BUNDLE_RATE)
        found = proof.bundle(run, account, reader=reader, now=clock.now())
        return Response(DecisionBundleSerializer(found).data)


class VerificationView(APIView):
    """One decision executed again."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="prop_decision_verification",
        responses=DecisionVerificationSerializer,
        examples=examples.VERIFICATION,
    )
    def get(self, request: Request, run_id: str) -> Response:
        """The decision executed again, step by step. Where a step differs, the exact place is named.

        What can no longer be asked is `unavailable`, and never called identical. `checkedAt` is at most ten minutes
        ago. Thirty a minute from one network and 120 from all, 429 beyond; operators and programs that read all
        accounts are not counted.
        """
        asked(request, NoQuery)
        reader = reader_of(request, self)
        network = None if reader.sees_all else _network(request)
        found = public.verify(run_id, reader=reader, network=network, now=clock.now())
        return Response(DecisionVerificationSerializer(found).data)


def _network(request: Any) -> str:
    return network_of(client_address(request._request))
