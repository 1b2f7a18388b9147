"""The API's document: clean, complete and honest about errors."""

from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    loaded: dict[str, Any] = yaml.safe_load(out.getvalue())
    return loaded


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", one) for path, each in document["paths"].items() for method, one in each.items()
    ]


def test_the_document_is_the_version_that_strict_clients_read(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    assert operations(document)


def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"
        assert {"400", "401", "403"} <= set(operation["responses"]), name


def test_names_on_the_wire_have_no_underscore(document: dict[str, Any]) -> None:
    named = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field in schema.get("properties", {})
    ]
    assert [one for one in named if "_" in one] == []


def test_the_document_and_its_readers_are_served(client: Client) -> None:
    for name in ("api-schema", "api-docs", "api-reference"):
        assert client.get(reverse(name)).status_code == 200
