"""Every address of the operator's console, asked by people who may not and by operators: no strategy, no secret."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, get_resolver, reverse

from apps.operations.models import AuditEvent
from tests.api.test_access import told
from tests.api.world import STRATEGY, World, tried

pytestmark = pytest.mark.django_db
# What every member of the staff may open: the entrance, one's own password, and pages that hold nothing by themselves.
FOR_ALL_STAFF = {
    "admin/",
    "admin/login/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/jsi18n/",
    "admin/search/",
}
LOGIN = "/admin/login/"
REASON = {"reason": "It advertises a giveaway.", "confirmation": "x"}


def console_routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield from [route] if route.startswith("admin/") else []
        elif patterns is not None or route == "admin/":
            yield from console_routes(one.url_patterns, route)


def address(route: str, world: World) -> str:
    """The route with the first row of its model, or with what the world has for its parameters."""
    parts = route.split("/")
    values = {"public_id": world.ids["clone"], "name": "hide", "digest": world.ids["image"]}
    values |= {"content_type_id": "1", "object_id": "1", "id": str(world.owner.pk)}
    known = [model for model in admin.site._registry if model._meta.label_lower == ".".join(parts[1:3])]
    if known:
        first = known[0]._default_manager.order_by("pk").first()
        values["object_id"] = str(first.pk) if first else "1"
    route = re.sub(r"\^\(\?P<app_label>([a-z]+).*", r"\1/", route).replace(r"(?P<url>.*)$", "nothing/")
    return "/" + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: values[found[1]], route)


ROUTES = list(console_routes())


def test_the_console_is_walked_as_a_whole() -> None:
    assert len(ROUTES) > 200
    registered = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    }
    assert registered <= {f"/{route}" for route in ROUTES}
    assert apps.get_model("clones.Draft") not in admin.site._registry


@pytest.mark.parametrize("role", ["visitor", "other", "ended", "service operations"])
def test_who_is_no_operator_is_sent_to_the_door(role: str, world: World) -> None:
    failures: list[str] = []
    for route in ROUTES:
        for method in ("GET", "POST"):
            with tried(failures, f"{method} {route}"):
                before = AuditEvent.objects.count()
                answer = world.client(role).generic(method, address(route, world))
                if route not in {"admin/login/", "admin/logout/"}:
                    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, LOGIN)
                assert AuditEvent.objects.count() == before
                assert_told_nothing(world, told(answer))
    assert not failures, "\n".join(failures)


def test_staff_without_a_permission_opens_nothing(world: World) -> None:
    failures: list[str] = []
    for route in ROUTES:
        for method in ("GET", "POST"):
            with tried(failures, f"{method} {route}"):
                before = AuditEvent.objects.count()
                answer = world.client("staff").generic(method, address(route, world))
                if route not in FOR_ALL_STAFF:
                    assert answer.status_code in {302, 403, 404, 405}, answer.content[:200]
                if answer.status_code == 302:
                    followed = world.client("staff").get(answer["Location"])
                    assert followed.status_code in {403, 404} or answer["Location"] in {"/admin/", "/"}
                assert AuditEvent.objects.count() == before
                assert_told_nothing(world, told(answer))
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("role", ["moderator", "operator"])
def test_no_operator_reads_a_strategy_or_a_secret(role: str, world: World) -> None:
    failures: list[str] = []
    opened = 0
    for route in ROUTES:
        with tried(failures, route):
            answer = world.client(role).get(address(route, world))
            opened += answer.status_code == 200
            assert answer.status_code < 500
            said = told(answer)
            assert [one for one in (*STRATEGY, *world.secrets) if one in said] == []
    assert not failures, "\n".join(failures)
    assert opened > (100 if role == "operator" else 8)


def assert_told_nothing(world: World, said: str) -> None:
    assert [one for one in (*STRATEGY, *world.personal, *world.secrets) if one in said] == []
