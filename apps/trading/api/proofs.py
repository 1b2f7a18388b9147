"""The doorways of the daily roots: the days, one day, and an account's place under a day's root."""

import re
from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import limits
from apps.core.api import CursorPage
from apps.core.client_address import client_address, network_of
from apps.core.errors import NotFound
from apps.trading import queries
from apps.trading.api import examples_proofs as examples
from apps.trading.api.reading import NoQuery, PageQuery, asked, reader_of
from apps.trading.api.serializers.proofs import DayRootSerializer, MembershipSerializer
from apps.trading.models import DayRoot
from apps.trading.queries import proofs

PROOF_RATE = "60/minute"  # each builds the day's tree
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class DaysView(ListAPIView[DayRoot]):
    """The sealed days."""

    permission_classes = [AllowAny]
    serializer_class = DayRootSerializer
    pagination_class = CursorPage
    cursor_ordering = "-date"
    queryset = DayRoot.objects.none()

    def get_queryset(self) -> QuerySet[DayRoot]:
        """Every sealed day."""
        asked(self.request, PageQuery)
        return proofs.list_days()

    @extend_schema(operation_id="proof_days", examples=examples.LISTED)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The roots of all sealed UTC days, newest first; each seals the one before it."""
        return super().get(request, *args, **kwargs)


class DayView(APIView):
    """One sealed day."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="proof_day", responses=DayRootSerializer, examples=examples.DAY)
    def get(self, request: Request, day: str) -> Response:
        """The root of one UTC day such as 2026-03-02; 404 DAY_NOT_SEALED where it is not sealed."""
        asked(request, NoQuery)
        return Response(DayRootSerializer(proofs.get_day(_day(day))).data)


class MembershipView(APIView):
    """One account under one day's root."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="proof_account", responses=MembershipSerializer, examples=examples.MEMBERSHIP)
    def get(self, request: Request, day: str, public_id: str) -> Response:
        """The account's heads by the end of the day; the path proves that they are under its root.

        Accounts that are public, and one's own: 404 for any other, for a day that is not sealed, and where the account
        had done nothing by then. Sixty a minute from one network, 429 beyond.
        """
        asked(request, NoQuery)
        reader = reader_of(request, self)
        account = queries.get_readable(public_id, reader)
        if not reader.sees_all:
            limits.take("trading.proofs", network_of(client_address(request._request)), rate=PROOF_RATE)
        return Response(MembershipSerializer(proofs.get_membership(_day(day), account)).data)


def _day(text: str) -> date:
    """The day of an address; raises NotFound for what is none."""
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise NotFound("There is no such day; write it as 2026-03-02.", code="DAY_NOT_SEALED") from None
