"""Requests that Schemathesis makes up from the API's document: no defect, and no answer that is not documented."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from tests.api.test_every_operation import real_value
from tests.api.world import World, undone

ROLES = ("visitor", "owner", "operator", "service health", "service prop:read")
DOORMEN = {"/admin/": "operator", "/internal/": "service health"}  # everywhere else it is the owner who may
SHORT, LONG = 6, 150
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


def from_afar(environ: Any, start_response: Any) -> Any:
    """The project as a server runs it, asked from an address."""
    return get_wsgi_application()({**environ, "REMOTE_ADDR": "203.0.113.9"}, start_response)


@pytest.fixture
def operations(client: Client) -> Iterator[Any]:
    """Every operation of the document; asking them leaves open the connection whose transaction holds the world."""
    document = client.get("/api/v1/schema/?format=json").json()
    # A stale or malformed If-Match is answered before the body is looked at.
    rejection = {"expected-statuses": ["4xx", "5xx"]}
    config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": rejection}})
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = from_afar
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield (found.ok() for found in schema.get_all_operations())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def cases(operation: Any, world: World) -> st.SearchStrategy[Any]:
    """Sound and unsound requests about the owner's objects, and sound ones about anything."""
    names = [one.name for one in operation.path_parameters]
    real = {name: real_value(world, operation.path, name) for name in names}
    tag = {"If-Match": "*"} if any(one.name == "If-Match" for one in operation.headers) else None
    fixed = {"path_parameters": real, **({"headers": tag} if tag else {})}
    kinds = [operation.as_strategy(GenerationMode.POSITIVE, **fixed)]
    kinds += operation.get_strategies_from_examples(**fixed)
    if names:
        kinds.append(operation.as_strategy(GenerationMode.POSITIVE))
    if names or operation.body or operation.query or operation.headers:
        kinds.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=real))
    return st.one_of(kinds)


def test_nothing_generated_is_answered_by_surprise(
    world: World, operations: Iterator[Any], request: pytest.FixtureRequest
) -> None:
    examples = LONG if request.config.getoption("--long") else SHORT
    failures = []
    for operation in operations:
        try:
            hammer(operation, world, examples)
        except (Exception, FailureGroup) as failure:
            failures.append(f"{operation.label}: {failure}")
    assert not failures, "\n\n".join(failures)


def hammer(operation: Any, world: World, examples: int) -> None:
    """Ask one operation so many times, half of them as one who may and half in any role."""
    may = next((role for part, role in DOORMEN.items() if part in operation.path), "owner")

    @seed(random.Random(operation.label).randrange(2**32))
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, world), role=st.sampled_from((*ROLES, *[may] * len(ROLES))))
    def asked(case: Any, role: str) -> None:
        bearer = world.callers[role].bearer
        with undone():
            case.call_and_validate(
                headers={"Authorization": f"Bearer {bearer}"} if bearer else None, checks=CHECKS
            )

    asked()
