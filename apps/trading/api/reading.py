"""What every prop route reads of a request: who asks, as far as accounts go, and strict query parameters."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api import ExactIntField, MomentField, StrictSerializer
from apps.core.api.pagination import CURSOR_HELP
from apps.core.errors import InvalidInput
from apps.trading.queries import Reader
from apps.trading.types import AccountStatus, Purpose, TriggerStatus
from apps.users.permissions import HasPropReadScope

VIEW, CHANGE, END = (
    "trading.view_propaccount",
    "trading.change_propaccount",
    "trading.delete_propaccount",
)


class PageQuery(StrictSerializer):
    """Which page of a list."""

    limit = ExactIntField(min_value=1, max_value=200, default=50)
    # Judged by the page alone, so that every list refuses a bad one alike.
    cursor = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, help_text=CURSOR_HELP
    )


class NoQuery(StrictSerializer):
    """No parameter at all."""


class AccountsQuery(PageQuery):
    """Which accounts."""

    clone = serializers.CharField(max_length=64, required=False, help_text="The clone's id.")
    purpose = serializers.ChoiceField(choices=Purpose.choices, required=False)
    status = serializers.ChoiceField(choices=AccountStatus.choices, required=False)


class EquityQuery(PageQuery):
    """Which part of the curve."""

    since = MomentField(required=False, help_text="From this moment on.")
    until = MomentField(required=False, help_text="Up to this moment.")


class AsOfQuery(StrictSerializer):
    """Which moment."""

    at = MomentField(
        required=False, help_text="Now where it is left out; 400 MOMENT_AHEAD where it has not come."
    )


class TriggersQuery(PageQuery):
    """Which exits."""

    status = serializers.ChoiceField(choices=TriggerStatus.choices, required=False)
    symbol = serializers.CharField(max_length=40, required=False)


class IsPropOperator(BasePermission):
    """Staff who may do to prop accounts what the view `needs`; looking at all of them is the least."""

    message = "Only operators with the permission for prop accounts may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the person and the permission that the view names."""
        return is_operator(request, getattr(view, "needs", VIEW))


class MayReadAll(BasePermission):
    """Operators who may look at prop accounts, and programs whose service token reads them."""

    message = IsPropOperator.message

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the person, then the token."""
        return reader_of(request, view).sees_all


def is_operator(request: Request, permission: str = VIEW) -> bool:
    """Whether the caller is staff with this permission."""
    user = request.user
    return bool(user.is_authenticated and user.is_staff and user.has_perm(permission))


def reader_of(request: Request, view: APIView) -> Reader:
    """Who reads accounts with this request."""
    if request.user.is_authenticated:
        return Reader(user_id=request.user.pk, sees_all=is_operator(request))
    return Reader(sees_all=HasPropReadScope().has_permission(request, view))


def asked(request: Request, query: type[StrictSerializer]) -> dict[str, Any]:
    """The validated query parameters; raises ValidationError for unknown or malformed ones."""
    given = query(data=request.query_params.dict())
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def asked_moment(request: Request, *, now: datetime) -> datetime | None:
    """The moment asked for, None for now; raises InvalidInput for one to come, which nobody can account for."""
    at: datetime | None = asked(request, AsOfQuery).get("at")
    if at is not None and at > now:
        raise InvalidInput("Send a moment that has passed.", code="MOMENT_AHEAD", status=400)
    return at
