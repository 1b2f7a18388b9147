"""Writing answers as JSON with camelCase names."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer

from apps.core.wire import camelize


class CamelJSONRenderer(JSONRenderer):
    """Renders what views return; integers of any size are exact."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The JSON bytes of `data`, nothing for None."""
        if data is None:
            return b""
        shaped = camelize(data)
        try:
            return orjson.dumps(shaped, default=str, option=orjson.OPT_UTC_Z)
        except TypeError:
            return json.dumps(shaped, default=str, ensure_ascii=False, allow_nan=False).encode()
