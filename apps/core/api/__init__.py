"""The plumbing of every API route: strict reading, camelCase writing, problem+json, pages, exact fields."""

from apps.core.api.fields import (
    DocumentField,
    ExactIntField,
    MicrosDollarField,
    MomentField,
    WeiTextField,
)
from apps.core.api.pagination import CursorPage
from apps.core.api.parsing import StrictJSONParser
from apps.core.api.problems import problem_handler, problem_response
from apps.core.api.rendering import CamelJSONRenderer
from apps.core.api.serializers import StrictSerializer

__all__ = [
    "CamelJSONRenderer",
    "CursorPage",
    "DocumentField",
    "ExactIntField",
    "MicrosDollarField",
    "MomentField",
    "StrictJSONParser",
    "StrictSerializer",
    "WeiTextField",
    "problem_handler",
    "problem_response",
]
