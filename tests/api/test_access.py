"""Every route of the URL configuration, asked in every role for the owner's objects: nobody gets what is not theirs."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.clones.models import Clone
from apps.clones.services import edit_profile, moderate_clone
from apps.clones.types import CloneStatus
from apps.operations import clock
from apps.users.models import User
from tests.api.access import ROWS, Ask, Row, meets
from tests.api.world import BY, PERSONS, STRATEGY, World, tried, undone

API = "api/v1/"
PARAMETER = re.compile(r"<[a-z]+:[a-z_]+>")
ROLES = (
    *("visitor", *PERSONS, "page", "ended", "disabled"),
    *("service health", "service lifecycle", "service operations", "service prop:read", "service prop:write"),
)
MODERATED = ("moderator", "operator")


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Every route of the URL configuration but the console's, which is one family."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        elif route != "admin/":
            yield from routes(one.url_patterns, route)


def address(row: Row, world: World, **instead: str) -> str:
    values = iter([instead.get(name) or world.ids.get(name, name) for name in row.at])
    return "/" + PARAMETER.sub(lambda _: next(values), row.route)


def roles_of(row: Row) -> list[str]:
    """The roles of a row; a browser's own cookie is tried on the API as well as a token."""
    return [role for role in ROLES if role != "page" or row.route.startswith(API)]


def asked(client: Client, path: str, ask: Ask, world: World) -> Any:
    body = ask.body(world) if callable(ask.body) else ask.body
    if isinstance(body, bytes) or body is None:
        sent: Any = body or b""
    else:
        sent = json.dumps(body) if ask.kind.endswith("json") else urlencode(body)
    return client.generic(ask.method, path, sent, content_type=ask.kind, headers=dict(ask.headers))


def told(answer: Any) -> str:
    """All that an answer says: its headers, its cookies and its body."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{dict(answer.headers)} {content.decode(errors='replace')}"


def assert_met(row: Row, role: str, ask: Ask, answer: Any) -> None:
    met, status = meets(ask.door or row.door, role), answer.status_code
    what = f"{role}: {ask.method} {row.route}: {status} {answer.content[:300]!r}"
    away = answer.headers.get("Location", "").startswith(settings.LOGIN_URL)
    if met == "ok":
        assert status in ask.status and not away, what
    elif met == "sign-in":
        assert status == 302 and away, what
    else:
        assert str(status) in met.split("/") and not away, what


def assert_no_leak(row: Row, role: str, world: World, said: str) -> None:
    owns = role in {"owner", "page"}
    reads_reports = row.door == "moderator" and role in MODERATED
    private = [] if owns else list(STRATEGY)
    if not owns and row.door != "token":
        private += world.personal
    if row.door != "token":
        private += world.secrets
    if reads_reports:
        private = [one for one in private if one not in {world.owner.public_id} and "report" not in one]
    # The way to the sign-in page names the address that was asked for, which who asks has anyway.
    said = said.replace(quote(address(row, world), safe=""), "")
    leaked = [one for one in private if one in said]
    assert not leaked, f"{role} reads {leaked} at {row.route}"


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    known, rows = set(routes()), [row.route for row in ROWS]
    missing = sorted(known - set(rows))
    lines = "\n".join(f'    row("{route}", "<who may: see DOORS>", get()),' for route in missing)
    assert not missing, f"Say in ROWS of tests/api/access.py who may call:\n{lines}"
    assert len(rows) == len(set(rows)), "A route has two rows."
    assert set(rows) <= known, f"These rows have no route any more: {sorted(set(rows) - known)}"


def test_a_route_serves_who_may_and_nobody_else(world: World) -> None:
    failures: list[str] = []
    read: set[str] = set()
    for row in ROWS:
        for role in roles_of(row):
            for ask in row.asks:
                with tried(failures, f"{role}: {ask.method} {row.route}"):
                    if role == "disabled":
                        User.objects.filter(pk=world.owner.pk).update(is_active=False)
                    answer = asked(world.client(role), address(row, world), ask, world)
                    assert_met(row, role, ask, answer)
                    said = told(answer)
                    assert_no_leak(row, role, world, said)
                    read |= {one for one in (*STRATEGY, *world.personal) if one in said}
    assert not failures, "\n".join(failures)
    assert set(STRATEGY) <= read, (
        "The owner reads every canary, so that its absence elsewhere says something."
    )


def test_methods_that_nobody_asked_for_tell_nothing(world: World) -> None:
    failures: list[str] = []
    for row in ROWS:
        others = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} - {
            ask.method for ask in row.asks
        }
        for role in ("visitor", "other"):
            for method in sorted(others):
                with tried(failures, f"{role}: {method} {row.route}"):
                    answer = world.client(role).generic(
                        method, address(row, world), b"{}", content_type="application/json"
                    )
                    assert answer.status_code < 500
                    assert_no_leak(row, role, world, told(answer))
    assert not failures, "\n".join(failures)


def test_somebody_elses_object_and_one_that_never_was_look_the_same(world: World) -> None:
    failures: list[str] = []
    for row in ROWS:
        if row.door not in {"owner", "own-page", "own-notice"}:
            continue
        for role in ("other", "operator"):
            for ask in row.asks:
                with tried(failures, f"{role}: {ask.method} {row.route}"):
                    real, never = (
                        _impersonal(world, role, row, ask, known)
                        for known in (world.ids[row.at[0]], "cln_0000000000000000000000")
                    )
                    assert real == never
    assert not failures, "\n".join(failures)


def _impersonal(world: World, role: str, row: Row, ask: Ask, known: str) -> str:
    """The answer without what differs from request to request."""
    with undone():
        answer = asked(world.client(role), address(row, world, **{row.at[0]: known}), ask, world)
    text = answer.content.decode().replace(known, "")
    return re.sub(r'"requestId":"[^"]*"|name="csrfmiddlewaretoken"[^>]*', "", text)


def test_the_words_of_a_hidden_profile_are_shown_to_nobody_else(world: World) -> None:
    words = ("Canary Hidden", "canary-description-5bd0")
    clone = Clone.objects.get(public_id=world.ids["trading"])
    name, description = words
    now = clock.now()
    edit_profile(clone=clone, name=name, description=description, by=BY, now=now)
    moderate_clone(clone=clone, to=CloneStatus.HIDDEN, reason="Advertises.", by=BY, now=now)
    failures: list[str] = []
    for row in ROWS:
        for role in ("visitor", "other", "staff"):
            for ask in row.asks:
                with tried(failures, f"{role}: {ask.method} {row.route}"):
                    cache.clear()
                    said = told(asked(world.client(role), address(row, world), ask, world))
                    assert [one for one in words if one in said] == []
    assert not failures, "\n".join(failures)
    assert name in told(world.client("owner").get("/api/v1/clone/clones"))
