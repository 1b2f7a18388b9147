"""Service tokens in the console: issue, rotate, revoke; a secret is shown once, to who asked for it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from apps.core.errors import DomainError
from apps.operations import clock
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor
from apps.users.models import ServiceToken
from apps.users.services import tokens
from apps.users.types import ServiceScope

OVERLAP = timedelta(hours=24)


class IssueForm(BaseDialogForm):
    """What a new token is for."""

    name = forms.CharField(max_length=64, help_text="The program that will use it.")
    scopes = forms.MultipleChoiceField(choices=ServiceScope.choices, widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(min_value=1, max_value=3650, initial=365, label="Lives for (days)")


@admin.register(ServiceToken)
class ServiceTokenAdmin(OperatorAdmin):
    """Credentials of programs; the secret is not stored and cannot be shown again."""

    list_display = ("name", "hint", "scopes", "issued_at", "last_used_at", "expires_at", "revoked_at")
    search_fields = ("name", "hint")
    fields = (
        "name",
        "hint",
        "scopes",
        "issued_by",
        "issued_at",
        "last_used_at",
        "previous_expires_at",
        "expires_at",
        "revoked_at",
    )
    actions_list = ("issue",)
    actions_detail = ("rotate", "revoke")

    @action(
        description="Issue a token",
        permissions=["users.add_servicetoken"],
        icon="key",
        dialog={"title": "Issue a token", "form_class": IssueForm, "form_submit_text": "Issue"},
    )
    def issue(self, request: HttpRequest, form: Any) -> HttpResponse:
        """Make a token and show its secret once."""
        now, asked = clock.real_now(), form.cleaned_data
        try:
            token, secret = tokens.issue_service_token(
                name=asked["name"],
                scopes=asked["scopes"],
                by=Actor.user(request.user),
                now=now,
                expires_at=now + timedelta(days=asked["days"]),
                issued_by=request.user,  # type: ignore[arg-type]  # the console lets only users of ours in
            )
        except DomainError as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, _shown_once(token, secret))
        target = reverse("admin:users_servicetoken_changelist")
        return HttpResponse(status=204, headers={"HX-Redirect": target})

    @operator_action(
        description="Rotate secret",
        permission="users.change_servicetoken",
        verb="users.service-token.rotate-asked",
        icon="autorenew",
    )
    def rotate(self, token: ServiceToken, *, reason: str, by: Actor, now: datetime) -> str:
        """The token gets a new secret; the old one stays good for a day."""
        rotated, secret = tokens.rotate_service_token(
            token=token, overlap=OVERLAP, by=by, now=clock.real_now(), reason=reason
        )
        return _shown_once(rotated, secret)

    @operator_action(
        description="Revoke for ever",
        permission="users.delete_servicetoken",
        verb="users.service-token.revoke-asked",
        icon="key_off",
    )
    def revoke(self, token: ServiceToken, *, reason: str, by: Actor, now: datetime) -> str:
        """Both secrets of the token are refused from now on."""
        tokens.revoke_service_token(token=token, reason=reason, by=by, now=clock.real_now())
        return "The token is revoked."


def _shown_once(token: ServiceToken, secret: str) -> str:
    return f"The secret of {token.name}, shown only now: {secret}"
