"""What every operation of the API shares in its document: camelCase names, strict bodies and problem+json."""

import re
from typing import Any

from apps.core.wire import camel

PROBLEM = {
    "type": "object",
    "description": "An error, after RFC 9457. `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code", "requestId", "retryable"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "requestId": {"type": "string"},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "object",
            "description": "What is wrong with each field; `nonFieldErrors` where it is no one field.",
            "additionalProperties": True,
        },
    },
}
ANSWERS = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in.",
    "403": "Not allowed.",
    "404": "There is no such thing.",
    "405": "The method does not exist here.",
    "406": "Only JSON is spoken.",
    "409": "The state no longer allows it.",
    "413": "The body is too large.",
    "415": "Only JSON is read.",
    "422": "A value is not acceptable.",
    "429": "Too many requests.",
    "503": "It cannot be done now; `retryable` says whether trying again helps.",
}
WITH_BODY = {"413", "415", "422"}
SERVICE_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "The secret of a service token with the scope that the operation asks for.",
}
CONDITIONAL = {
    "412": "Somebody changed it since it was read.",
    "428": "If-Match must say what was read.",
}


def camelize(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: name the fields of every component as they are on the wire."""
    for schema in result.get("components", {}).get("schemas", {}).values():
        _camelize(schema)
        # What an owner sees holds all that everybody sees: such a value is of both kinds, not of exactly one.
        if "oneOf" in schema and "discriminator" not in schema:
            schema["anyOf"] = schema.pop("oneOf")
    return result


def document_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: every operation has a summary and also answers its errors as application/problem+json."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components.setdefault("securitySchemes", {})["serviceToken"] = SERVICE_TOKEN
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                operation.setdefault("summary", _summary(operation.get("description", "")))
                _add_problems(operation, _problems_of(method, operation))
    return result


def _summary(description: str) -> str:
    """The first clause of a description: what the operation does, without what else there is to know."""
    return re.split(r"[.;:] |[.;:]?$", description, maxsplit=1)[0]


def _problems_of(method: str, operation: dict[str, Any]) -> dict[str, str]:
    """The statuses an operation may answer besides its own: bodies, changes and conditions have more."""
    left_out = set() if method in {"post", "put", "patch"} else set(WITH_BODY)
    left_out |= {"409"} if method == "get" else set()
    answers = {status: words for status, words in ANSWERS.items() if status not in left_out}
    conditional = any(one["name"] == "If-Match" for one in operation.get("parameters", []))
    return answers | CONDITIONAL if conditional else answers


def close_bodies(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: say of every body that a field it does not name is refused."""
    schemas = result.get("components", {}).get("schemas", {})
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                if name:
                    schemas[name]["additionalProperties"] = False
    return result


def _add_problems(operation: dict[str, Any], answers: dict[str, str]) -> None:
    for status, words in answers.items():
        operation["responses"].setdefault(
            status,
            {
                "description": words,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )


def _camelize(schema: Any) -> None:
    if isinstance(schema, list):
        for one in schema:
            _camelize(one)
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    if isinstance(properties, dict):
        schema["properties"] = {camel(name): value for name, value in properties.items()}
    if isinstance(schema.get("required"), list):
        schema["required"] = [camel(name) for name in schema["required"]]
    for value in schema.values():
        _camelize(value)
