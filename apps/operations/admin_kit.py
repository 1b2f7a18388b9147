"""The bases of every operator page: read-only by default, and acts only by POST with a permission, a reason
and an audit row; what needs a second person is asked for here and released on its own page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
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
from apps.operations.services import held_acts
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
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown_by: Any = self.request
        self.row = shown_by.operated_by.get_object(self.request, self.object_id)
        if self.row is not None:
            self.fields["confirmation"].help_text = f"It is {identifier_of(self.row)}"

    def clean_confirmation(self) -> str:
        """What was typed; anything but the identifier keeps the dialog open, with all else that was written."""
        typed: str = self.cleaned_data["confirmation"].strip()
        if self.row is not None and typed != identifier_of(self.row):
            raise forms.ValidationError("This is not the identifier of the row.")
        return typed


class Warned(str):
    """What an act says when it did not do what was asked, shown as a warning."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act that needs a second person returns: what would be done, as plain JSON and in words."""

    summary: str
    payload: Mapping[str, Any] = field(default_factory=dict)


# A method `(self, obj, *, reason, by, now, **form fields)` that calls one service and may return a sentence to show.
OperatorAct = Callable[..., Any]
_OF_THE_DIALOG = ("reason", "confirmation", "_form_submitted")


def operator_action(
    *,
    description: str,
    permission: str,
    verb: str,
    icon: str = "bolt",
    irreversible: bool = False,
    second_person: bool = False,
    needs_person: bool = False,
    form: type[ReasonForm] | None = None,
) -> Callable[[OperatorAct], Any]:
    """Turn a method `(self, obj, *, reason, by, now)` into an action with a dialog, of a row or of a whole list.

    It runs on POST only, for users with `permission` ("app.codename"), with a reason; the service call and
    the audit event `verb` share one transaction. A DomainError becomes a message and an audit event with its code,
    and changes nothing. With `irreversible` the operator must type the row's identifier. Further fields of `form`
    (a ReasonForm, typed where irreversible) reach the method by name; `needs_person` adds `person`, the user.
    In `actions_list` there is no row: `obj` is None.

    With `second_person` the method only looks and returns `Asked`: `verb` is then the name of a registered held act,
    which waits until another person releases it.
    """

    def decorate(act: OperatorAct) -> Any:
        def run(admin: Any, request: HttpRequest, dialog: Any, object_id: Any = None) -> HttpResponse:
            given = dialog.cleaned_data
            obj = admin.get_object(request, object_id) if object_id else None
            if object_id and obj is None:
                messages.error(request, "This row no longer exists.")
            else:
                values = {name: value for name, value in given.items() if name not in _OF_THE_DIALOG}
                if needs_person:
                    values["person"] = request.user
                calls = _asking(act, verb) if second_person else _acting(act, verb)
                _carry_out(calls, admin, request, obj, reason=given["reason"], verb=verb, values=values)
            return _go_back(request)

        run.__name__ = getattr(act, "__name__", "act")
        run.__doc__ = act.__doc__
        dialog = action(
            description=description,
            permissions=[permission],
            icon=icon,
            dialog={
                "title": description,
                "description": " ".join((act.__doc__ or "").split()) + (_HELD if second_person else ""),
                "form_class": form or (TypedReasonForm if irreversible else ReasonForm),
                "form_submit_text": "Ask for it" if second_person else description,
            },
        )(run)

        @wraps(dialog)
        def opened(admin: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            request.operated_by = admin  # the dialog's form looks up its row there
            return dialog(admin, request, *args, **kwargs)

        return opened

    return decorate


_HELD = " Nothing happens until another person with this permission releases it, within 24 hours."


def _acting(act: OperatorAct, verb: str) -> OperatorAct:
    """The act itself, and beside it the audit event that it was asked for."""

    def do(admin: Any, obj: Any, *, reason: str, by: Actor, now: Any, **values: Any) -> Any:
        said = act(admin, obj, reason=reason, by=by, now=now, **values)
        audit.record(verb=verb, by=by, subject=_subject(admin, obj), reason=reason, now=now)
        return said

    return do


def _asking(act: OperatorAct, verb: str) -> OperatorAct:
    """Ask for the act instead of doing it; the asking writes its own audit event."""

    def ask(admin: Any, obj: Any, *, reason: str, by: Actor, now: Any, **values: Any) -> str:
        asked = act(admin, obj, reason=reason, by=by, now=now, **values)
        held_acts.ask(
            name=verb,
            subject=obj,
            payload=asked.payload,
            summary=asked.summary,
            reason=reason,
            by=by,
            now=now,
        )
        return f"Asked for: {asked.summary}. It waits for a second person."

    return ask


def identifier_of(obj: models.Model) -> str:
    """What an operator types to confirm: the public identifier, else the number."""
    return str(getattr(obj, "public_id", None) or obj.pk)


def _subject(admin: Any, obj: models.Model | None) -> models.Model | str:
    return obj if obj is not None else f"{admin.model._meta.label_lower}:"


def _carry_out(
    act: OperatorAct,
    admin: Any,
    request: HttpRequest,
    obj: Any,
    *,
    reason: str,
    verb: str,
    values: dict[str, Any],
) -> None:
    if isinstance(request.user, AnonymousUser):
        messages.error(request, "Sign in again; nothing was changed.")
        return
    by, now = Actor.user(request.user), clock.now()
    try:
        with transaction.atomic():
            said = act(admin, obj, reason=reason, by=by, now=now, **values)
    except DomainError as error:
        # What was refused changed nothing, and that it was asked for stays on record.
        detail = {"refused": error.code}
        subject = _subject(admin, obj)
        audit.record(verb=verb, by=by, subject=subject, reason=reason, detail=detail, now=now)
        messages.error(request, error.detail)
    else:
        say = messages.warning if isinstance(said, Warned) else messages.success
        say(request, said or "Done.")


def _go_back(request: HttpRequest) -> HttpResponse:
    target = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/admin/"
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response
