"""What every operation of the API shares in its document: camelCase names, strict bodies and problem+json."""

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
        "errors": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
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
}
WITH_BODY = {"409", "413", "415", "422"}


def camelize(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: name the fields of every component as they are on the wire."""
    for schema in result.get("components", {}).get("schemas", {}).values():
        _camelize(schema)
    return result


def document_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: every operation also answers its errors as application/problem+json."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result.get("paths", {}).items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _add_problems(
                    operation, has_body=method in {"post", "put", "patch"}, has_parameter="{" in path
                )
    return result


def _add_problems(operation: dict[str, Any], *, has_body: bool, has_parameter: bool) -> None:
    for status, words in ANSWERS.items():
        if (status in WITH_BODY and not has_body) or (status == "404" and not has_parameter):
            continue
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
