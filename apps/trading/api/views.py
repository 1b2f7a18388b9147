"""The doorways of prop accounts: read only, each one query."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import CursorPage
from apps.trading import queries
from apps.trading.api.serializers import (
    AccountSerializer,
    FillSerializer,
    LedgerEntrySerializer,
    OrderSerializer,
    SnapshotSerializer,
)
from apps.trading.models import AccountSnapshot, Fill, LedgerEntry, Order


class AccountView(APIView):
    """One account with its open positions."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="prop_account", responses=AccountSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """The account; 404 when there is none."""
        return Response(AccountSerializer(queries.get_account(public_id)).data)


class OrdersView(ListAPIView[Order]):
    """An account's orders with their fills, newest first."""

    permission_classes = [AllowAny]
    serializer_class = OrderSerializer
    pagination_class = CursorPage
    cursor_ordering = "-sequence"
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        """The account's orders."""
        return queries.list_orders(queries.get_account(self.kwargs["public_id"]))


class FillsView(ListAPIView[Fill]):
    """An account's fills, newest first."""

    permission_classes = [AllowAny]
    serializer_class = FillSerializer
    pagination_class = CursorPage
    queryset = Fill.objects.none()

    def get_queryset(self) -> QuerySet[Fill]:
        """The account's fills."""
        return queries.list_fills(queries.get_account(self.kwargs["public_id"]))


class LedgerView(ListAPIView[LedgerEntry]):
    """An account's ledger, newest first; the whole of it proves the balances."""

    permission_classes = [AllowAny]
    serializer_class = LedgerEntrySerializer
    pagination_class = CursorPage
    cursor_ordering = "-sequence"
    queryset = LedgerEntry.objects.none()

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        """The account's ledger rows."""
        return queries.list_ledger(queries.get_account(self.kwargs["public_id"]))


class EquityView(ListAPIView[AccountSnapshot]):
    """An account's snapshots, newest first."""

    permission_classes = [AllowAny]
    serializer_class = SnapshotSerializer
    pagination_class = CursorPage
    cursor_ordering = "-at"
    queryset = AccountSnapshot.objects.none()

    def get_queryset(self) -> QuerySet[AccountSnapshot]:
        """The account's snapshots."""
        return queries.list_snapshots(queries.get_account(self.kwargs["public_id"]))
