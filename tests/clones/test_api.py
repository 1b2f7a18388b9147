"""The clone routes: owners see their own, strangers see nothing, the public sees no strategy."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.clones import graph, services
from apps.clones.models import Clone
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.clones.conftest import BY, NOW

LIST = "/api/v1/clone/clones"


@pytest.fixture
def signed_in(owner: User, client: Client) -> Client:
    client.force_login(owner)
    return client


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    data = "" if body is None else json.dumps(body)
    return client.generic(method, path, data, content_type="application/json", headers=headers)


def test_an_owner_creates_edits_and_publishes(signed_in: Client) -> None:
    created = send(signed_in, "POST", LIST, {"name": "Breaker"})
    assert created.status_code == 201
    assert created.json()["setup"] == "setup_required"
    path = f"{LIST}/{created.json()['id']}"
    document = graph.basic(assets=["ETH"], strategy="breakout", behaviour="Buy strength.")
    saved = send(signed_in, "PUT", f"{path}/draft", {"document": document}, if_match='"r1"')
    assert (saved.status_code, saved.json()["revision"], saved["ETag"]) == (200, 2, '"r2"')
    assert signed_in.get(f"{path}/draft").json()["document"] == document
    published = send(signed_in, "POST", f"{path}/publish")
    again = send(signed_in, "POST", f"{path}/publish")
    assert (published.status_code, published.json()) == (200, again.json())
    assert signed_in.get(path).json()["activeVersion"] == 1
    assert signed_in.get(path).json()["setup"] == "configured"


def test_an_owner_lists_only_their_own(signed_in: Client, clone: Clone) -> None:
    stranger = create_user(username="eve", by=BY, now=NOW)
    services.create_clone(owner=stranger, name="Hers", by=BY, now=NOW)
    body = signed_in.get(LIST).json()
    assert [item["id"] for item in body["items"]] == [clone.public_id]
    assert body["nextCursor"] is None


def test_nobody_reads_clones_without_signing_in(client: Client, clone: Clone) -> None:
    for path in (LIST, f"{LIST}/{clone.public_id}"):
        assert client.get(path).status_code == 401


def test_b01_a_bad_graph_is_named_by_its_path(signed_in: Client, clone: Clone) -> None:
    document = graph.basic(assets=["BTC"])
    document["nodes"][2]["cadenceMinutes"] = -1
    path = f"{LIST}/{clone.public_id}/draft"
    answer = send(signed_in, "PUT", path, {"document": document}, if_match='"r1"')
    assert (answer.status_code, answer.json()["code"]) == (422, "GRAPH_INVALID")
    assert answer.json()["detail"].startswith("nodes[2].cadenceMinutes: ")


def test_the_public_profile_holds_nothing_private(client: Client, clone: Clone, owner: User) -> None:
    document = graph.basic(assets=["BTC", "ETH"], behaviour="My secret edge", name="Secret prompt")
    services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    services.publish(clone=clone, by=BY, now=NOW)
    answer = client.get(f"/api/v1/public/clones/{clone.public_id}")
    body = answer.json()
    assert (body["name"], body["assets"], body["modelStrength"]) == ("Momentum", ["BTC", "ETH"], "light")
    assert body["streams"] == ["candles_1m", "funding", "mark_price"]
    for private in ("ecret", "trend", "cadence", owner.username, owner.public_id):
        assert private not in answer.content.decode()


def test_a_hidden_profile_is_not_found(client: Client, clone: Clone) -> None:
    services.moderate_clone(clone=clone, to="hidden", reason="reported", by=BY, now=NOW)
    assert client.get(f"/api/v1/public/clones/{clone.public_id}").status_code == 404
