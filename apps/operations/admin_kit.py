"""The bases of every operator page: read-only by default, and acts only by POST with a permission, a reason
and an audit row.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.core.errors import DomainError
from apps.operations import audit, clock
from apps.operations.admin_columns import shown
from apps.operations.types import Actor

SHORTEST_REASON = 4


class ReadOnlyAdmin(ModelAdmin):
    """A page that shows rows, newest first, in units that people read, and changes none of them."""

    # The theme's own check reads permissions from the database, which may not be migrated yet.
    checks_class = ModelAdminChecks
    list_per_page = 50
    compressed_fields = True
    ordering: tuple[str, ...] = ("-pk",)

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns of the list, with amounts, moments and states as people read them."""
        return [shown(self.model, name, is_exact=False) for name in super().get_list_display(request)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The lines of one row's page: its identifier, then amounts and moments as people read them."""
        names = list(super().get_fields(request, obj))
        if "public_id" not in names and hasattr(self.model, "public_id"):
            names.insert(0, "public_id")
        return [shown(self.model, name, is_exact=True) for name in names]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are made by services only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by services only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never deleted here."""
        return False


class OperatorAdmin(ReadOnlyAdmin):
    """A read-only page with `operator_action`s, listed in `actions_detail`."""


class ReasonForm(BaseDialogForm):
    """The dialog of an act: why."""

    reason = forms.CharField(
        label="Reason",
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept for ever in the audit record.",
    )


class TypedReasonForm(ReasonForm):
    """The dialog of an act that cannot be undone: the row's identifier must be typed."""

    confirmation = forms.CharField(
        label="Type the identifier of this row to confirm",
        max_length=80,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="The public id at the top of its page, or its number where it has none.",
    )


# A method `(self, obj, *, reason, by, now)` that calls one service and may return a sentence to show.
OperatorAct = Callable[..., str | None]


def operator_action(
    *, description: str, permission: str, verb: str, icon: str = "bolt", irreversible: bool = False
) -> Callable[[OperatorAct], Any]:
    """Turn a method `(self, obj, *, reason, by, now)` into a detail action with a dialog.

    It runs on POST only, for users with `permission` ("app.codename"), with a reason; the service call and
    the audit event `verb` share one transaction. A DomainError becomes a message and an audit event with its code,
    and changes nothing. With `irreversible` the operator must type the row's identifier.
    """

    def decorate(act: OperatorAct) -> Any:
        def run(admin: Any, request: HttpRequest, form: Any, object_id: Any) -> HttpResponse:
            obj = admin.get_queryset(request).filter(pk=object_id).first()
            if obj is None:
                messages.error(request, "This row no longer exists.")
            elif irreversible and form.cleaned_data["confirmation"].strip() != identifier_of(obj):
                messages.error(request, "The identifier typed does not match; nothing was changed.")
            else:
                _carry_out(act, admin, request, obj, reason=form.cleaned_data["reason"], verb=verb)
            return _go_back(request)

        run.__name__ = getattr(act, "__name__", "act")
        run.__doc__ = act.__doc__
        return action(
            description=description,
            permissions=[permission],
            icon=icon,
            dialog={
                "title": description,
                "description": (act.__doc__ or "").strip(),
                "form_class": TypedReasonForm if irreversible else ReasonForm,
                "form_submit_text": description,
            },
        )(run)

    return decorate


def identifier_of(obj: models.Model) -> str:
    """What an operator types to confirm: the public identifier, else the number."""
    return str(getattr(obj, "public_id", None) or obj.pk)


def _carry_out(
    act: OperatorAct, admin: Any, request: HttpRequest, obj: models.Model, *, reason: str, verb: str
) -> None:
    if isinstance(request.user, AnonymousUser):
        messages.error(request, "Sign in again; nothing was changed.")
        return
    by, now = Actor.user(request.user), clock.now()
    try:
        with transaction.atomic():
            said = act(admin, obj, reason=reason, by=by, now=now)
            audit.record(verb=verb, by=by, subject=obj, reason=reason, now=now)
    except DomainError as error:
        # What was refused changed nothing, and that it was asked for stays on record.
        detail = {"refused": error.code}
        audit.record(verb=verb, by=by, subject=obj, reason=reason, detail=detail, now=now)
        messages.error(request, error.detail)
    else:
        messages.success(request, said or "Done.")


def _go_back(request: HttpRequest) -> HttpResponse:
    target = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/admin/"
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response
