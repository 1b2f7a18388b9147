"""The doorways of operators: every account, what they do to one, and what a second person must release."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED
from rest_framework.views import APIView

from apps.core.api import CursorPage
from apps.core.errors import Conflict
from apps.core.money import dollars
from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.services import held_acts
from apps.trading import queries
from apps.trading.api import examples
from apps.trading.api.reading import CHANGE, END, AccountsQuery, IsPropOperator, MayReadAll, asked
from apps.trading.api.serializers import accounts, acts
from apps.trading.api.views import narrowed
from apps.trading.held_acts import ADJUST, ADJUST_PERMISSION, FORCE_LIQUIDATE, FORCE_LIQUIDATE_PERMISSION
from apps.trading.models import PropAccount
from apps.trading.services import accounts as services
from apps.trading.services import policies
from apps.trading.services.adjusting import require_adjustable
from apps.trading.types import CLOSED_STATUSES


class EveryAccountView(ListAPIView[PropAccount]):
    """All prop accounts."""

    permission_classes = [MayReadAll]
    serializer_class = accounts.OperatedSummarySerializer
    pagination_class = CursorPage
    cursor_ordering = "-ordinal"
    queryset = PropAccount.objects.none()

    def get_queryset(self) -> QuerySet[PropAccount]:
        """Every account, narrowed as asked."""
        return queries.list_summaries(**narrowed(asked(self.request, AccountsQuery)))

    @extend_schema(operation_id="admin_prop_accounts", parameters=[AccountsQuery], examples=examples.OPERATED)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every prop account, the latest first, for operators and for programs that read prop accounts."""
        return super().get(request, *args, **kwargs)


class ActView(APIView):
    """One act upon one account."""

    permission_classes = [IsPropOperator]
    needs = CHANGE
    act: Callable[..., PropAccount] = staticmethod(services.pause_account)

    @extend_schema(
        summary="Pause an account",
        request=acts.OperatorReasonSerializer,
        responses=accounts.AccountSerializer,
        examples=examples.ACT,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Do it, with a reason, and answer with the account's statement; 409 where its state no longer allows it."""
        account = queries.get_account(public_id)
        reason = _body(acts.OperatorReasonSerializer(data=request.data))["reason"]
        self.act(account=account, reason=reason, by=_actor(request), now=clock.now())
        return _statement(public_id)


@extend_schema_view(post=extend_schema(summary="Let an account trade again"))
class ResumeView(ActView):
    """An account that was held back trades again."""

    act = staticmethod(services.resume_account)


@extend_schema_view(post=extend_schema(summary="Let an account only reduce"))
class ReduceOnlyView(ActView):
    """Positions may only shrink."""

    act = staticmethod(services.restrict_account)


@extend_schema_view(post=extend_schema(summary="Halt an account: no fill of any kind"))
class HaltView(ActView):
    """No fill of any kind, forced ones included."""

    act = staticmethod(services.halt_account)


@extend_schema_view(post=extend_schema(summary="Lock an account"))
class LockView(ActView):
    """Like a pause, for a breach; standing exits and liquidation go on, and only a halt stops those."""

    act = staticmethod(services.lock_account)


@extend_schema_view(post=extend_schema(summary="Close every position and complete an account for ever"))
class CompleteView(ActView):
    """Every position is closed at the market and the account ends."""

    needs = END
    act = staticmethod(services.close_account)


class PolicyView(APIView):
    """Moving an account to another policy."""

    permission_classes = [IsPropOperator]
    needs = "trading.add_policysnapshot"

    @extend_schema(
        operation_id="admin_prop_accounts_policy",
        request=acts.MovePolicySerializer,
        responses=accounts.AccountSerializer,
        examples=examples.POLICY,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Change the account's policy from now on; what `document` leaves out stays as it is in force.

        409 STATE_CHANGED where `fromSequence` is not in force, 422 POLICY_WITHOUT_ASSETS for no allowed asset left.
        """
        account = queries.get_account(public_id)
        body = _body(acts.MovePolicySerializer(data=request.data))
        body["policy"] = body.pop("document")
        policies.move_policy(account=account, by=_actor(request), now=clock.now(), **body)
        return _statement(public_id)


class AdjustView(APIView):
    """Asking for a correction of an account's cash."""

    permission_classes = [IsPropOperator]
    needs = ADJUST_PERMISSION

    @extend_schema(
        operation_id="admin_prop_accounts_adjust",
        request=acts.AdjustSerializer,
        responses={202: acts.HeldActSerializer},
        examples=examples.ADJUST,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Ask for it; nothing is booked until another person releases it. 409 ALREADY_WAITING while one waits,
        INSUFFICIENT_CASH for more than the free cash.
        """
        account = _open_account(public_id)
        body = _body(acts.AdjustSerializer(data=request.data))
        amount = body["amount"]
        require_adjustable(account, amount)
        way = "into" if amount > 0 else "out of"
        summary = f"Book ${dollars(abs(amount))} {way} the account of {account.clone.name}"
        payload = {"amount_micros": amount}
        return _held(request, account, ADJUST, payload=payload, summary=summary, reason=body["reason"])


class ForceLiquidateView(APIView):
    """Asking for an account's liquidation."""

    permission_classes = [IsPropOperator]
    needs = FORCE_LIQUIDATE_PERMISSION

    @extend_schema(
        operation_id="admin_prop_accounts_force_liquidate",
        request=acts.OperatorReasonSerializer,
        responses={202: acts.HeldActSerializer},
        examples=examples.LIQUIDATE,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Ask for it; nothing is closed until another person releases it. 409 ALREADY_WAITING while one waits."""
        account = _open_account(public_id)
        reason = _body(acts.OperatorReasonSerializer(data=request.data))["reason"]
        summary = f"Close every position of {account.clone.name} and end the account as liquidated"
        return _held(request, account, FORCE_LIQUIDATE, payload={}, summary=summary, reason=reason)


def _body(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _actor(request: Request) -> Actor:
    return Actor.user(request.user)


def _open_account(public_id: str) -> PropAccount:
    account = queries.get_account(public_id)
    if account.status in CLOSED_STATUSES:
        raise Conflict(f"The account is {account.status}: nothing can be asked for any more.")
    return account


def _statement(public_id: str) -> Response:
    statement = queries.account_statement(queries.get_account(public_id), now=clock.now())
    return Response(accounts.AccountSerializer(statement, context={"is_private": True}).data)


def _held(
    request: Request, account: PropAccount, name: str, *, payload: dict[str, int], summary: str, reason: str
) -> Response:
    act = held_acts.ask(
        name=name,
        subject=account,
        payload=payload,
        summary=summary,
        reason=reason,
        by=_actor(request),
        now=clock.now(),
    )
    return Response(acts.HeldActSerializer(act).data, status=HTTP_202_ACCEPTED)
