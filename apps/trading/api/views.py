"""The doorways of prop accounts to their readers: each one query of one account, or of one's own."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import limits
from apps.core.api import CursorPage
from apps.core.client_address import client_address, network_of
from apps.operations import clock
from apps.trading import queries
from apps.trading.api import examples
from apps.trading.api.reading import (
    AccountsQuery,
    AsOfQuery,
    EquityQuery,
    NoQuery,
    PageQuery,
    TriggersQuery,
    asked,
    asked_moment,
    reader_of,
)
from apps.trading.api.serializers import accounts, as_of, histories, money
from apps.trading.models import (
    AccountSnapshot,
    Fill,
    LedgerEntry,
    Order,
    PropAccount,
    TriggerOrder,
)

AS_OF_RATE = "30/minute"  # each replays the account's ledger from its first row


class OwnAccountsView(ListAPIView[PropAccount]):
    """The accounts of the caller's clones."""

    permission_classes = [IsAuthenticated]
    serializer_class = accounts.AccountSummarySerializer
    pagination_class = CursorPage
    cursor_ordering = "-ordinal"
    queryset = PropAccount.objects.none()

    def get_queryset(self) -> QuerySet[PropAccount]:
        """The caller's accounts, narrowed as asked."""
        wanted = asked(self.request, AccountsQuery)
        return queries.list_summaries(owner=self.request.user, **narrowed(wanted))

    @extend_schema(operation_id="prop_accounts", parameters=[AccountsQuery], examples=examples.LISTED)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The accounts of the caller's clones, the latest first."""
        return super().get(request, *args, **kwargs)


class AccountView(APIView):
    """One account with its open positions."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="prop_account", responses=accounts.AccountSerializer, examples=examples.ACCOUNT
    )
    def get(self, request: Request, public_id: str) -> Response:
        """The account's statement: balances, margins, positions, what it waits for and the policy in force.

        Accounts in the Arena, demonstrations and finished auditions are public; one on a running audition is its
        owner's, an operator's, and a program's whose service token reads prop accounts. Anybody else gets 404.
        """
        reader = reader_of(request, self)
        account = queries.get_readable(public_id, reader)
        asked(request, NoQuery)
        statement = queries.account_statement(account, now=clock.now())
        context = {"is_private": queries.reads_private(account, reader)}
        return Response(accounts.AccountSerializer(statement, context=context).data)


class MoneyView(APIView):
    """Where one account's money went."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="prop_money", responses=money.MoneySerializer, examples=examples.MONEY)
    def get(self, request: Request, public_id: str) -> Response:
        """The profit taken apart: price moves, half spread, walk, fees, funding, corrections; in all and per asset."""
        account = queries.get_readable(public_id, reader_of(request, self))
        asked(request, NoQuery)
        return Response(money.MoneySerializer(queries.money_story(account)).data)


class AsOfView(APIView):
    """One account at an earlier moment."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="prop_as_of",
        parameters=[AsOfQuery],
        responses=as_of.AccountAsOfSerializer,
        examples=examples.AS_OF,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """The account as its ledger and fills make it again at a moment: books, positions, status, policy.

        Thirty a minute from one network, 429 beyond; operators and programs that read all accounts are not counted.
        """
        reader = reader_of(request, self)
        account = queries.get_readable(public_id, reader)
        if not reader.sees_all:
            network = network_of(client_address(request._request))
            limits.take("trading.as-of", network, rate=AS_OF_RATE)
        at = asked_moment(request, now=clock.now())
        return Response(as_of.AccountAsOfSerializer(queries.account_as_of(account, at=at)).data)


class History(ListAPIView[Any]):
    """A paged list of what one readable account did."""

    permission_classes = [AllowAny]
    pagination_class = CursorPage

    def wanted(self, query: type[PageQuery] = PageQuery) -> tuple[PropAccount, dict[str, Any]]:
        """The account and the query's parameters; raises NotFound where the caller may not read it."""
        account = queries.get_readable(self.kwargs["public_id"], reader_of(self.request, self))
        asked_for = asked(self.request, query)
        return account, {name: asked_for[name] for name in asked_for if name not in {"limit", "cursor"}}


class OrdersView(History):
    """An account's orders."""

    serializer_class = histories.OrderSerializer
    cursor_ordering = "-sequence"
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        """The account's orders."""
        return queries.list_orders(self.wanted()[0])

    @extend_schema(operation_id="prop_orders", parameters=[PageQuery], examples=examples.ORDERS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """An account's orders with the receipts of their fills, newest first."""
        return super().get(request, *args, **kwargs)


class FillsView(History):
    """An account's fills."""

    serializer_class = histories.FillSerializer
    queryset = Fill.objects.none()

    def get_queryset(self) -> QuerySet[Fill]:
        """The account's fills."""
        return queries.list_fills(self.wanted()[0])

    @extend_schema(operation_id="prop_fills", parameters=[PageQuery], examples=examples.FILLS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """An account's fills as receipts, newest first."""
        return super().get(request, *args, **kwargs)


class LedgerView(History):
    """An account's ledger."""

    serializer_class = histories.LedgerEntrySerializer
    cursor_ordering = "-sequence"
    queryset = LedgerEntry.objects.none()

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        """The account's ledger rows."""
        return queries.list_ledger(self.wanted()[0])

    @extend_schema(operation_id="prop_ledger", parameters=[PageQuery], examples=examples.LEDGER)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """An account's ledger, newest first; the whole of it proves the balances.

        `hash` is the SHA-256 of the row as JSON with sorted keys and no spaces, amounts as whole micro-dollars, `at`
        as whole microseconds since 1970, and `account` the account's ordinal.
        """
        return super().get(request, *args, **kwargs)


class EquityView(History):
    """An account's curve."""

    serializer_class = histories.SnapshotSerializer
    cursor_ordering = "-at"
    queryset = AccountSnapshot.objects.none()

    def get_queryset(self) -> QuerySet[AccountSnapshot]:
        """The account's snapshots within the moments asked for."""
        account, bounds = self.wanted(EquityQuery)
        return queries.list_snapshots(account, **bounds)

    @extend_schema(operation_id="prop_equity", parameters=[EquityQuery], examples=examples.EQUITY)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """An account's snapshots, newest first, from `since` up to `until`."""
        return super().get(request, *args, **kwargs)


class TriggersView(History):
    """An account's exits."""

    serializer_class = histories.TriggerSerializer
    queryset = TriggerOrder.objects.none()

    def get_queryset(self) -> QuerySet[TriggerOrder]:
        """The account's exits, standing and past; raises NotFound for who may not see them."""
        account, narrower = self.wanted(TriggersQuery)
        queries.require_private(account, reader_of(self.request, self))
        return queries.list_triggers(account, **narrower)

    @extend_schema(operation_id="prop_triggers", parameters=[TriggersQuery], examples=examples.TRIGGERS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Standing and past exits, newest first; a live stop is private, so only owner, operators and programs read them."""
        return super().get(request, *args, **kwargs)


def narrowed(wanted: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a list of accounts as the query names them."""
    return {
        "clone_public_id": wanted.get("clone"),
        "purposes": [wanted["purpose"]] if "purpose" in wanted else None,
        "statuses": [wanted["status"]] if "status" in wanted else None,
    }
