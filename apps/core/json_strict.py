"""JSON that means one thing: strict reading of what comes in, canonical writing of what is hashed."""

import hashlib
import json
import math
from typing import Any, NoReturn

from apps.core.errors import DomainError

MAX_BYTES = 262_144
MAX_DEPTH = 64
MAX_INTEGER_DIGITS = 40
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, check_circular=False
)
"""Kept, because to make one takes as long as to write a small document. What holds itself was walked without end before."""


class InvalidJson(DomainError):
    """The text is not JSON that this system accepts."""

    status = 400
    code = "JSON_INVALID"


class TooLarge(DomainError):
    """The text is longer than the route accepts."""

    status = 413
    code = "BODY_TOO_LARGE"


def loads(
    text: bytes | bytearray | str,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    any_text: bool = False,
) -> Any:
    """Read one JSON value.

    Raises TooLarge above `max_bytes`, InvalidJson for anything malformed or ambiguous: depth above
    `max_depth`, NUL,
    lone surrogates, duplicate keys, NaN or Infinity (also by overflow), integers above 40 digits, non-UTF-8.
    With `any_text` the reader looks after NULs and lone surrogates itself, text by text (`is_sound_text`).
    """
    if isinstance(text, str):
        if len(text) > max_bytes:
            raise TooLarge(f"The body is larger than {max_bytes} bytes.")
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:
            raise InvalidJson("The body holds a lone surrogate.") from None
    else:
        data = bytes(text)
    if len(data) > max_bytes:
        raise TooLarge(f"The body is larger than {max_bytes} bytes.")
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidJson("The body is not UTF-8.") from None
    _refuse_depth(decoded, max_depth)
    try:
        value = json.loads(
            decoded,
            object_pairs_hook=_pairs,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"The body is not valid JSON: {str(error)[:120]}.") from None
    if not any_text:
        _refuse_text(value)
    return value


def is_sound_text(text: str) -> bool:
    """Whether a text can be kept anywhere: it holds no NUL and no lone surrogate."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text))


def dumps_canonical(value: Any) -> bytes:
    """The one byte string of a value: sorted keys, no spaces, ASCII. Raises TypeError for floats and unknown
    types.
    """
    _refuse_floats(value)
    return _CANONICAL.encode(value).encode("ascii")


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of the bytes, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse_depth(text: str, limit: int) -> None:
    depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > limit:
                raise InvalidJson(f"The body is nested deeper than {limit} levels.")
        elif character in "]}":
            depth -= 1


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidJson("An object names the same key twice.")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJson(f"{name} is not a number.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidJson("A number is too large.")
    return value


def _bounded(text: str) -> int:
    if len(text.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise InvalidJson(f"An integer has more than {MAX_INTEGER_DIGITS} digits.")
    return int(text)


def _refuse_text(value: Any) -> None:
    if isinstance(value, str):
        if not is_sound_text(value):
            what = "a NUL character" if "\x00" in value else "a lone surrogate"
            raise InvalidJson(f"A text holds {what}.")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_text(key)
            _refuse_text(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_text(item)


_PLAIN = frozenset({int, str, bool, type(None)})
_TEXT = frozenset({str})


def _refuse_floats(value: Any) -> None:
    if isinstance(value, dict):
        if not _TEXT.issuperset(map(type, value)) and not all(isinstance(key, str) for key in value):
            raise TypeError("A canonical document has text keys only.")
        items: Any = value.values()
    elif isinstance(value, (list, tuple)):  # a union of types takes twice as long
        items = value
    elif isinstance(value, float):
        raise TypeError("A canonical document holds no floats.")
    else:
        return
    for item in items:
        if type(item) not in _PLAIN:
            _refuse_floats(item)
