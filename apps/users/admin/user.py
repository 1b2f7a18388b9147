"""Users and groups in the console, with Unfold's forms."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.operations import audit, clock
from apps.operations.audit import Actor
from apps.users.models import User
from apps.users.services import sessions
from apps.users.types import SessionEnd

admin.site.unregister(Group)
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """People: may be disabled; powers are a superuser's to give, and rows are never deleted."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "public_id", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "public_id", "email")
    readonly_fields = ("public_id", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "public_id", "password")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        """A person with history cannot be deleted; deactivate instead."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Operators are a superuser's to change: whoever sets an operator's password has the operator's powers."""
        if obj is not None and (obj.is_staff or obj.is_superuser) and not _is_superuser(request):
            return False
        return bool(super().has_change_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """What a person may do is read only but for a superuser: nobody raises themselves or a friend."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if _is_superuser(request) else (*fixed, *POWERS)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save; disabling a person also ends their sign-ins, so that enabling them later revives none."""
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            by, now = Actor.user(request.user), clock.real_now()
            sessions.end_all(user=obj, because=SessionEnd.USER_DISABLED, by=by, now=now)

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """The framework's log line and an audit event."""
        _record(request, obj, "users.user.created")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """The framework's log line and an audit event; the page of passwords passes here too."""
        _record(request, obj, "users.user.changed", changed=_fields(message))
        return super().log_change(request, obj, message)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups of operators: only a superuser says what a group may do."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the group's permissions with an audit event."""
        super().save_related(request, form, formsets, change)
        rows = form.instance.permissions.values_list("content_type__app_label", "codename")
        allowed = sorted(f"{app}.{codename}" for app, codename in rows)
        _record(request, form.instance, "users.group.saved", permissions=allowed)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _fields(message: Any) -> list[str]:
    """The fields that a log line of the framework calls changed."""
    parts = message if isinstance(message, list) else []
    return sorted({name for part in parts for name in part.get("changed", {}).get("fields", [])})


def _record(request: HttpRequest, row: Model, verb: str, **detail: Any) -> None:
    by, now = Actor.user(request.user), clock.real_now()
    audit.record(verb=verb, by=by, subject=row, detail=detail, now=now)
