"""Checks of single values in a graph document; each notes its fault and says whether the value is sound."""

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from apps.clones.graph.errors import Faults


def is_object(
    value: object, path: str, faults: Faults, *, required: frozenset[str], optional: frozenset[str]
) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is an object with exactly the known fields; an unknown field or a missing one is a fault."""
    if not isinstance(value, dict):
        faults.add(path, "SHAPE_INVALID", "must be an object")
        return False
    missing = sorted(required - value.keys())
    for name in missing:
        faults.add(f"{path}.{name}", "FIELD_REQUIRED", "is required")
    unknown = sorted(str(name)[:40] for name in value if name not in required and name not in optional)
    if unknown:
        faults.add(path, "FIELD_UNKNOWN", f"has no field called {unknown[0]!a}")
    return not missing


def is_list(value: object, path: str, faults: Faults, *, limit: int) -> TypeGuard[list[object]]:
    """Whether it is a list of at most `limit` items; a longer one is not looked into."""
    if not isinstance(value, list):
        faults.add(path, "SHAPE_INVALID", "must be a list")
        return False
    if len(value) > limit:
        faults.add(path, "TOO_MANY", f"holds {len(value)} items; at most {limit} are allowed")
        return False
    return True


def is_text(
    value: object,
    path: str,
    faults: Faults,
    *,
    pattern: re.Pattern[str] | None = None,
    low: int = 1,
    high: int = 64,
) -> TypeGuard[str]:
    """Whether it is a text of `low` to `high` characters that a database can store and `pattern` allows."""
    if not isinstance(value, str) or not low <= len(value) <= high:
        faults.add(path, "VALUE_INVALID", f"must be a text of {low} to {high} characters")
        return False
    if "\x00" in value or not _encodes(value):
        faults.add(path, "VALUE_INVALID", "holds a character that cannot be stored")
        return False
    if pattern is not None and pattern.fullmatch(value) is None:
        faults.add(path, "VALUE_INVALID", "holds a character that is not allowed here")
        return False
    return True


def _encodes(value: str) -> bool:
    """Whether the text is free of halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_choice(value: object, path: str, faults: Faults, choices: tuple[str, ...]) -> TypeGuard[str]:
    """Whether it is one of the choices."""
    if isinstance(value, str) and value in choices:
        return True
    faults.add(path, "VALUE_INVALID", f"must be one of {', '.join(choices)}")
    return False


def is_flag(value: object, path: str, faults: Faults) -> TypeGuard[bool]:
    """Whether it is true or false; 0 and 1 are not."""
    if isinstance(value, bool):
        return True
    faults.add(path, "VALUE_INVALID", "must be true or false")
    return False


def is_count(value: object, path: str, faults: Faults, *, low: int, high: int) -> TypeGuard[int]:
    """Whether it is a whole number from `low` to `high`; true, 5.0 and "5" are not."""
    if type(value) is int and low <= value <= high:
        return True
    faults.add(path, "VALUE_INVALID", f"must be a whole number from {low} to {high}")
    return False
