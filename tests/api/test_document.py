"""The API's document: what every operation says of itself, and whether its examples are what they claim."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.api.document import operations

pytestmark = pytest.mark.django_db
# The apps whose operations are shown by an example of every body and answer.
SHOWN = ("/auth/", "/me", "/clone/", "/public/", "/admin/", "/terminal/", "/economy/", "/lifecycle/")
BYTES = ("image/png", "image/jpeg")
ERRORS = {"400", "401", "403", "404", "405", "406", "429", "503"}
WITH_BODY = {"409", "413", "415", "422"}


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body and every good answer: its name and its media object."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body {kind}", content
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            for content in answer.get("content", {}).values():
                yield f"answer {status}", content


def test_every_operation_says_what_it_does_and_who_may(document: dict[str, Any]) -> None:
    schemes, names = set(document["components"]["securitySchemes"]), []
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert 7 <= len(operation["summary"]) <= 120 and "\n" not in operation["summary"], where
        assert operation["description"], where
        assert operation["security"] and operation["tags"], where
        assert {name for one in operation["security"] for name in one} <= schemes, where
        names.append(operation["operationId"])
    assert len(names) == len(set(names)) > 50


def test_every_operation_documents_the_errors_that_it_may_answer(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        needed = ERRORS | (WITH_BODY if method in {"post", "put", "patch"} else set())
        assert needed <= set(operation["responses"]), f"{method} {path}"


def test_operations_of_players_show_every_body_and_answer(document: dict[str, Any]) -> None:
    bare = [
        f"{method} {path}: {name}"
        for path, method, operation in operations(document)
        if path.removeprefix("/api/v1").startswith(SHOWN)
        for name, content in contents(operation)
        if "examples" not in content and not name.endswith(BYTES)
    ]
    assert bare == []


def test_every_example_is_what_it_is_an_example_of(document: dict[str, Any]) -> None:
    components, count = with_null(document["components"]), 0
    for path, method, operation in operations(document):
        for name, content in contents(operation):
            schema = Draft4Validator({**with_null(content["schema"]), "components": components})
            for example in content.get("examples", {}).values():
                faults = [fault.message for fault in schema.iter_errors(example["value"])]
                assert not faults, f"{method} {path}: {name}: {faults}"
                count += 1
    assert count > 50


def with_null(part: Any) -> Any:
    """The schemas of OpenAPI 3.0 as JSON Schema, which has no word for nullable."""
    if isinstance(part, list):
        return [with_null(one) for one in part]
    if not isinstance(part, dict):
        return part
    plain = {key: with_null(value) for key, value in part.items() if key != "nullable"}
    return {"anyOf": [plain, {"enum": [None]}]} if part.get("nullable") is True else plain
