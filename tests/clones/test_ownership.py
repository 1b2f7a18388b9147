"""Every route of an owner's clones, from the URL configuration: strangers find nothing, only offered fields are taken."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from apps.clones import graph, services
from apps.clones.api import urls
from apps.clones.models import Clone, Draft, StrategyVersion
from apps.operations.models import AuditEvent
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.clones.conftest import BY, NOW

pytestmark = pytest.mark.django_db
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
SECRET = "My secret edge over the market"
ROUTES = [route for route in urls.urlpatterns if isinstance(route, URLPattern)]
OWNED = [route for route in ROUTES if str(route.pattern).startswith("clone/clones/")]


def methods_of(route: URLPattern) -> list[str]:
    callback: Any = route.callback
    view = getattr(callback, "view_class", None) or callback.cls
    return [method for method in METHODS if hasattr(view, method) and method != "options"]


def address_of(route: URLPattern, **values: Any) -> str:
    text = str(route.pattern)
    for name, converter in route.pattern.converters.items():
        kind = "int" if "Int" in type(converter).__name__ else "str"
        text = text.replace(f"<{kind}:{name}>", str(values.get(name, 1)))
    assert "<" not in text, text
    return f"/api/v1/{text}"


@pytest.fixture
def secret(clone: Clone, owner: User) -> Clone:
    """A clone with two versions, a draft, a fork and something that only its owner may read."""
    for cadence in (5, 15):
        document = graph.basic(
            assets=["BTC"], behaviour=SECRET, name="Secret prompt", cadence_minutes=cadence
        )
        services.save_draft(clone=clone, document=document, by=BY, now=NOW)
        version = services.publish(clone=clone, by=BY, now=NOW)
    services.fork_clone(clone=clone, version=version, name="Offspring", by=BY, now=NOW)
    return clone


@pytest.fixture
def stranger(client: Client, db: None) -> Client:
    eve = create_user(username="eve", by=BY, now=NOW)
    services.create_clone(owner=eve, name="Hers", by=BY, now=NOW)
    client.force_login(eve)
    return client


BODIES: tuple[Any, ...] = (
    None,
    {},
    {"name": "Mine", "version": 1},
    {"version": 1},
    {"document": graph.basic(assets=["BTC"])},
    {"owner": "eve", "status": "live"},
)


def test_the_routes_of_a_clone_are_the_ones_that_are_tried() -> None:
    assert {"clone", "draft", "restore", "publish", "versions", "version", "version-diff", "fork"} <= {
        route.name for route in OWNED
    }
    assert all(get_resolver().resolve(address_of(route)) for route in OWNED)


@pytest.mark.parametrize("route", OWNED, ids=lambda route: str(route.name))
def test_b09_a_stranger_finds_nothing_on_any_route_and_method(
    route: URLPattern, secret: Clone, stranger: Client
) -> None:
    events = AuditEvent.objects.count()
    before = list(StrategyVersion.objects.values("id", "is_active")), list(Draft.objects.values())
    tried = 0
    for method in methods_of(route):
        for body in BODIES:
            for tag in ({}, {"If-Match": '"r1"'}, {"If-Match": "*"}):
                answer = stranger.generic(
                    method.upper(),
                    address_of(route, public_id=secret.public_id),
                    "" if body is None else json.dumps(body),
                    content_type="application/json",
                    headers=tag,
                )
                tried += 1
                assert answer.status_code == 404, (method, body, answer.content[:200])
                for private in (SECRET, "Secret prompt", secret.name, "Offspring", "lovelace", "revision"):
                    assert private not in answer.content.decode()
                assert "ETag" not in answer.headers
    assert tried >= 18
    assert AuditEvent.objects.count() == events
    assert before == (list(StrategyVersion.objects.values("id", "is_active")), list(Draft.objects.values()))
    assert Clone.objects.get(pk=secret.pk).status == "live"


@pytest.mark.parametrize("route", OWNED, ids=lambda route: str(route.name))
def test_b09_a_clone_that_never_was_answers_the_same(
    route: URLPattern, secret: Clone, stranger: Client
) -> None:
    for method in methods_of(route):
        answers = [
            stranger.generic(
                method.upper(), address_of(route, public_id=name), content_type="application/json"
            )
            for name in (secret.public_id, "cln_0000000000000000000000", "x")
        ]
        bodies = [json.loads(answer.content) if answer.content else {} for answer in answers]
        for body in bodies:
            body.pop("requestId", None)
        assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.parametrize("route", OWNED, ids=lambda route: str(route.name))
def test_b09_a_visitor_is_asked_to_sign_in(route: URLPattern, secret: Clone) -> None:
    for method in methods_of(route):
        answer = Client().generic(method.upper(), address_of(route, public_id=secret.public_id))
        assert answer.status_code == 401
        assert SECRET not in answer.content.decode()


@pytest.mark.parametrize("path", ["versions/1", "versions/2/diff/1", "draft/restore", "fork"])
def test_b09_another_clones_versions_are_not_reached_through_an_own_clone(
    path: str, secret: Clone, stranger: Client
) -> None:
    """A version is looked up below the clone in the path, so an own clone opens nobody else's."""
    own = Clone.objects.get(owner__username="eve")
    address = f"/api/v1/clone/clones/{own.public_id}/{path}"
    body = json.dumps({"version": 2} if path.endswith("restore") else {"version": 2, "name": "Mine"})
    method = "GET" if path.startswith("versions") else "POST"
    answer = stranger.generic(
        method, address, body, content_type="application/json", headers={"If-Match": "*"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "VERSION_NOT_FOUND")
    assert SECRET not in answer.content.decode()


def test_b09_a_deleted_clone_is_not_found_by_its_owner(secret: Clone, owner: User, client: Client) -> None:
    client.force_login(owner)
    services.delete_clone(clone=secret, by=BY, now=NOW)
    for route in OWNED:
        for method in methods_of(route):
            address = address_of(route, public_id=secret.public_id)
            assert client.generic(method.upper(), address, content_type="application/json").status_code == 404
    assert client.get(f"/api/v1/public/clones/{secret.public_id}").status_code == 404


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "/api/v1/clone/clones": ("POST", {"name": "Breaker"}),
    "/api/v1/clone/clones/{clone}/fork": ("POST", {"name": "Breaker", "version": 1}),
    "/api/v1/clone/clones/{clone}/draft": ("PUT", {"document": graph.basic(assets=["BTC"])}),
    "/api/v1/clone/clones/{clone}/draft/restore": ("POST", {"version": 1}),
    "/api/v1/clone/clones/{clone}/publish": ("POST", {}),
    "/api/v1/clone/graph/check": ("POST", {"document": graph.basic(assets=["BTC"])}),
    "/api/v1/clone/graph/basic": ("POST", {"assets": ["BTC"]}),
}
EXTRAS = (
    "owner",
    "ownerId",
    "status",
    "isModerated",
    "isMock",
    "balance",
    "publicId",
    "id",
    "revision",
    "expectedRevision",
    "forkedFrom",
    "forked_from",
    "isPaid",
    "is_paid",
    "createdAt",
    "nameKey",
    "name_key",
)


@pytest.mark.parametrize("path", WRITES)
def test_b10_a_field_that_is_not_offered_is_refused(
    path: str, secret: Clone, owner: User, client: Client
) -> None:
    client.force_login(owner)
    method, sound = WRITES[path]
    address = path.format(clone=secret.public_id)
    extras = [name for name in (*EXTRAS, *(["tier"] if "check" not in path else [])) if name not in sound]
    count = Clone.objects.count()
    for name in extras:
        body = json.dumps({**sound, name: "x"})
        answer = client.generic(
            method, address, body, content_type="application/json", headers={"If-Match": "*"}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_NOT_ALLOWED"), name
    assert Clone.objects.count() == count
    assert Draft.objects.get(clone=secret).revision == 3
    answer = client.generic(
        method, address, json.dumps(sound), content_type="application/json", headers={"If-Match": "*"}
    )
    assert answer.status_code in {200, 201}, answer.content


def test_b10_a_graph_takes_no_field_that_is_not_its_own(secret: Clone, owner: User, client: Client) -> None:
    client.force_login(owner)
    for place in ("nodes", "edges"):
        document = graph.basic(assets=["BTC"])
        document[place][0]["tier"] = "pro"
        body = json.dumps({"document": document})
        answer = client.put(
            f"/api/v1/clone/clones/{secret.public_id}/draft",
            body,
            content_type="application/json",
            headers={"If-Match": "*"},
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "GRAPH_INVALID")
