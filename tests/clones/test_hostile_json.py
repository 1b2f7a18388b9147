"""Bodies that are no honest JSON, on every route that takes a document: refused by a code, the same on every database."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.clones import graph, queries
from apps.clones.models import Clone
from apps.users.models import User

pytestmark = pytest.mark.django_db
HOSTILE: dict[str, tuple[str | bytes, int, str]] = {
    "2,000 levels deep": ('{"document": ' + "[" * 2_000 + "]" * 2_000 + "}", 400, "JSON_INVALID"),
    "2,000 objects deep": (
        '{"document": ' + '{"a": ' * 2_000 + "1" + "}" * 2_000 + "}",
        400,
        "JSON_INVALID",
    ),
    "a lone surrogate": ('{"document": {"nodes": "\\ud800", "edges": []}}', 400, "JSON_INVALID"),
    "a lone surrogate as a key": ('{"document": {"\\udc00": 1}}', 400, "JSON_INVALID"),
    "a NUL": ('{"document": {"nodes": "\\u0000", "edges": []}}', 400, "JSON_INVALID"),
    "a NUL in a key": ('{"document": {"a\\u0000": 1}}', 400, "JSON_INVALID"),
    "a key twice": ('{"document": {"nodes": [], "nodes": [], "edges": []}}', 400, "JSON_INVALID"),
    "the document twice": ('{"document": {}, "document": {}}', 400, "JSON_INVALID"),
    "1e999": ('{"document": {"nodes": 1e999, "edges": []}}', 400, "JSON_INVALID"),
    "NaN": ('{"document": {"nodes": NaN, "edges": []}}', 400, "JSON_INVALID"),
    "a 5,000-digit integer": ('{"document": {"nodes": ' + "9" * 5_000 + "}}", 400, "JSON_INVALID"),
    "bytes that are no text": (b'{"document": "\xff\xfe"}', 400, "JSON_INVALID"),
    "half a body": ('{"document": {', 400, "JSON_INVALID"),
    "5 MB": ('{"document": "' + "x" * 5_000_000 + '"}', 413, "BODY_TOO_LARGE"),
    "5 MB of brackets": ("[" * 5_000_000, 413, "BODY_TOO_LARGE"),
    "null": ('{"document": null}', 400, "VALIDATION_FAILED"),
    "a list for a body": ("[]", 400, "VALIDATION_FAILED"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("route", ["draft", "create", "check"])
def test_b02_hostile_json_is_refused_and_never_an_error_of_ours(
    route: str, name: str, clone: Clone, owner: User, client: Client
) -> None:
    client.force_login(owner)
    client.raise_request_exception = False
    paths: dict[str, tuple[str, str]] = {
        "draft": ("PUT", f"/api/v1/clone/clones/{clone.public_id}/draft"),
        "create": ("POST", "/api/v1/clone/clones"),
        "check": ("POST", "/api/v1/clone/graph/check"),
    }
    method, path = paths[route]
    body, status, code = HOSTILE[name]
    before = queries.get_draft(clone).revision
    answer: Any = client.generic(
        method, path, body, content_type="application/json", headers={"If-Match": '"r1"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert queries.get_draft(clone).revision == before
    assert Clone.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["é\u202e\U0001f47b", "\U0010ffff", "\\", "'; DROP TABLE clones_clone; --", "<script>"]
)
def test_b02_text_that_is_odd_and_honest_is_kept_as_it_is(
    text: str, clone: Clone, owner: User, client: Client
) -> None:
    client.force_login(owner)
    document = graph.basic(assets=["BTC"], behaviour=text)
    path = f"/api/v1/clone/clones/{clone.public_id}/draft"
    body = json.dumps({"document": document})
    saved = client.put(path, body, content_type="application/json", headers={"If-Match": "*"})
    assert saved.status_code == 200
    assert client.get(path).json()["document"] == document
