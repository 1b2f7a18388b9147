"""Reads one JSON object of an engine's answer: integers only, no duplicate key, no surprise."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from apps.decisions.engine.types import InvalidAnswer

MAX_CHARACTERS = 65_536
MAX_DEPTH = 16
MAX_DIGITS = 40
_SURROGATE = re.compile("[\ud800-\udfff]")


def _refuse(detail: str) -> NoReturn:
    raise InvalidAnswer("INVALID_OUTPUT", detail)


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        _refuse("a number has too many digits")
    return int(text)


def _fraction(text: str) -> NoReturn:
    _refuse(f"{text[:40]} is not an integer")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a key is given twice")
    return found


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        _refuse("the answer is nested too deeply")
    if isinstance(value, str):
        if "\x00" in value or _SURROGATE.search(value):
            _refuse("a text holds a character that is not allowed")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth + 1)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def read_object(text: str) -> dict[str, Any]:
    """The one JSON object in `text`; raises InvalidAnswer for anything else, whatever it is."""
    if len(text) > MAX_CHARACTERS:
        _refuse("the answer is too long")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_fraction,
        )
    except InvalidAnswer:
        raise
    except (ValueError, RecursionError):
        _refuse("the answer is not one JSON object")
    if not isinstance(value, dict):
        _refuse("the answer is not one JSON object")
    _check(value, 0)
    return value
