"""The acts that an operator may do from a page: buttons that open the dialogs of a row's own admin page."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse


def acts_upon(row: Model, request: HttpRequest, *, without: Collection[str] = ()) -> list[dict[str, str]]:
    """The dialogs of one row that this operator's permissions allow; `without` leaves acts out by name."""
    found = _admin_of(type(row)).get_actions_detail(request, row.pk)
    return [_button(each, row.pk) for each in found if each.dialog and each.path not in without]


def acts_of_list(model: type[Model], request: HttpRequest) -> list[dict[str, str]]:
    """The dialogs that belong to a whole list."""
    return [_button(each) for each in _admin_of(model).get_actions_list(request) if each.dialog]


def _admin_of(model: type[Model]) -> Any:
    return admin.site.get_model_admin(model)


def _button(act: Any, *key: Any) -> dict[str, str]:
    return {
        "name": act.path,
        "title": act.description,
        "icon": act.icon or "bolt",
        "url": reverse(f"admin:{act.action_name}", args=key),
    }
