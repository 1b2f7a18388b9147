"""Names on the wire: snake_case inside, camelCase outside; documents marked verbatim keep their own keys."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_UNDERSCORE = re.compile(r"(?<=[A-Za-z0-9])_([a-z0-9])")


class Verbatim(dict[str, Any]):
    """A document whose keys are data, not names: it goes out exactly as it is."""


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """The wire form of a field name: `next_cursor` is `nextCursor`."""
    return _UNDERSCORE.sub(lambda match: match.group(1).upper(), name)


def camelize(value: Any) -> Any:
    """The value with every mapping's text keys in wire form, Verbatim documents untouched."""
    if isinstance(value, Verbatim):
        return dict(value)
    if isinstance(value, Mapping):
        return {
            camel(key) if isinstance(key, str) else str(key): camelize(item) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [camelize(item) for item in value]
    return value
