"""Reading request bodies as strict JSON."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from apps.core import json_strict


class StrictJSONParser(BaseParser):
    """Reads at most 256 KiB of unambiguous JSON; keys stay as sent, the serializers translate them."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read the body; raises InvalidJson or TooLarge."""
        return json_strict.loads(stream.read(json_strict.MAX_BYTES + 1))
