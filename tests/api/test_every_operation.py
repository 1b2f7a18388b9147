"""Every operation of the document, asked badly and well by a visitor and by an owner: nothing but documented answers."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from tests.api.document import operations
from tests.api.world import World, undone

pytestmark = pytest.mark.django_db
HOSTILE_TEXT = (
    "",
    " ",
    "0",
    "-1",
    "٣",
    "null",
    "x" * 300,
    "\x00",
    "a/b",
    "..",
    "%",
    "'--",
    "\ud7ff\U0010ffff",
    "é\u202e",
)
HOSTILE_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x" * 5000,
    "\u202e",
    "a\nb",
    [],
    [[]],
    {},
    {"a": {"b": 1}},
)
READERS = {
    "/api/v1/internal/health/workers": "service health",
    "/api/v1/admin/moderation/reports": "operator",
    "/api/v1/admin/prop/accounts": "operator",
}
HOSTILE_BODIES = (
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff",
    b'{"a":1,"a":2}',
    b'{"name":"\\u0000"}',
    b'{"name":"\\ud800"}',
    b'{"name":NaN}',
    b"[" * 5000,
    b'{"name":"' + b"x" * 300_000 + b'"}',
)


def named(operation: dict[str, Any], place: str) -> list[str]:
    return [each["name"] for each in operation.get("parameters", []) if each["in"] == place]


# What a parameter is in the world: by its name, or by the family of its address where several have one name.
NAMES = {"symbol": "symbol", "clone_id": "trading", "run_id": "run", "digest": "rulebook", "day": "day"}
FAMILIES = {
    "/deposits/": "deposit",
    "/economy/refunds/": "refund",
    "/quote/": "quote",
    "/sessions/": "session",
    "/reports/": "report",
    "/clones/": "clone",
    "/prop/": "account",
    "/proofs/": "account",
    "/lifecycle/": "audition",
}


def real_value(world: World, path: str, name: str) -> str:
    """The identifier of the owner's object that a well-formed address names; versions are number 1."""
    if name in {"number", "other"}:
        return "1"
    return world.ids[NAMES.get(name) or next(FAMILIES[family] for family in FAMILIES if family in path)]


def addresses(world: World, path: str, operation: dict[str, Any]) -> Iterator[str]:
    """The well-formed address, each path parameter gone wrong, and each query parameter gone wrong."""
    real = {name: real_value(world, path, name) for name in named(operation, "path")}
    yield path.format(**real)
    for name, text in itertools.product(real, HOSTILE_TEXT):
        yield path.format(**{**real, name: quote(text, safe="")})
    for name, text in itertools.product([*named(operation, "query"), "format", "unknown"], HOSTILE_TEXT):
        yield path.format(**real) + "?" + urlencode({name: text})


def bodies(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[bytes]:
    """No body and broken bodies; then every field of the schema with every hostile value."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    yield from HOSTILE_BODIES
    if content is None:
        return
    schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    assert schema["additionalProperties"] is False
    for field, value in itertools.product(schema["properties"], HOSTILE_VALUES):
        others = {name: "x" for name in schema.get("required", []) if name != field}
        yield json.dumps({**others, field: value}).encode()


def assert_documented(
    answer: Any, operation: dict[str, Any], problem: Draft202012Validator, asked: str
) -> None:
    assert str(answer.status_code) in operation["responses"], (
        f"{asked}: {answer.status_code} {answer.content[:300]!r}"
    )
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", asked
        problem.validate(answer.json())


@pytest.mark.parametrize("who", ["visitor", "owner", "operator"])
def test_every_answer_is_documented(who: str, world: World, document: dict[str, Any]) -> None:
    role = "page" if who == "owner" else who
    problem = Draft202012Validator(document["components"]["schemas"]["Problem"])
    count = 0
    for path, method, operation in operations(document):
        if who == "operator" and "/admin/" not in path:
            continue
        asked = [(address, b"") for address in addresses(world, path, operation)]
        if method != "get":
            asked += [(asked[0][0], body) for body in bodies(document, operation)]
        once = {"Idempotency-Key": "a key"} if "Idempotency-Key" in named(operation, "header") else {}
        for address, body in asked:
            with undone():
                client = world.client(role)
                client.raise_request_exception = False
                answer = client.generic(
                    method.upper(), address, body, content_type="application/json", headers=once
                )
            assert_documented(answer, operation, problem, f"{who}: {method} {address} {body[:80]!r}")
            count += 1
    assert count > 300, count


def gone_wrong(document: Any) -> Iterator[Any]:
    """The document with every part of it, one at a time, replaced by every hostile value."""
    yield from HOSTILE_VALUES
    parts = document.items() if isinstance(document, dict) else enumerate(document)
    for key, part in list(parts):
        for wrong in gone_wrong(part) if isinstance(part, dict | list) else HOSTILE_VALUES:
            changed = document.copy()
            changed[key] = wrong
            yield changed


def test_a_draft_with_any_part_gone_wrong_is_saved_whole_or_refused(world: World) -> None:
    client = world.client("page")
    address = f"/api/v1/clone/clones/{world.ids['clone']}"
    sound = client.get(f"{address}/draft").json()["document"]
    answers: Counter[int] = Counter()
    for document in gone_wrong(sound):
        saved = client.put(
            f"{address}/draft",
            {"document": document},
            content_type="application/json",
            headers={"If-Match": "*"},
        )
        answers[saved.status_code] += 1
        if saved.status_code == 200:
            assert client.get(f"{address}/draft").json()["document"] == document
            published = client.post(f"{address}/publish", content_type="application/json")
            assert published.status_code == 200, document
    assert set(answers) <= {200, 400, 422}, answers
    assert answers[422] > 200


def test_the_well_formed_request_of_every_read_succeeds(world: World, document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method != "get":
            continue
        client = world.client(READERS.get(path, "page"))
        address = next(addresses(world, path, operation))
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.content[:200]!r}"
        head = client.head(address)
        assert (head.status_code, head.content) == (200, b""), address


def test_a_visitor_may_ask_for_the_head_of_what_is_public(world: World) -> None:
    assert Client().head("/api/v1/lifecycle/auditions").status_code == 200
    assert Client().post("/api/v1/lifecycle/auditions").status_code == 401


def test_methods_that_an_address_does_not_have(world: World, document: dict[str, Any]) -> None:
    client = world.client("page")
    for path, methods in document["paths"].items():
        address = next(addresses(world, path, next(iter(methods.values()))))
        for method in {"get", "post", "put", "patch", "delete", "trace", "brew"} - set(methods):
            answer = client.generic(method.upper(), address, b"{}", content_type="application/json")
            assert answer.status_code in {403, 405}, f"{method} {address}"
            assert answer["Content-Type"] == "application/problem+json"
