"""Reading a picture as the body of a request: no more of it than is allowed, and only what it says it is."""

from collections.abc import Mapping
from typing import IO, Any, ClassVar

from rest_framework.parsers import BaseParser

from apps.clones.services.images import IMAGE_BYTES
from apps.core.errors import InvalidInput
from apps.core.json_strict import TooLarge


class PngParser(BaseParser):
    """The bytes of `Content-Type: image/png`."""

    media_type = "image/png"
    beginning: ClassVar[bytes] = b"\x89PNG\r\n\x1a\n"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body's bytes; raises TooLarge, or InvalidInput IMAGE_INVALID for bytes of another format."""
        content = stream.read(IMAGE_BYTES + 1)
        if len(content) > IMAGE_BYTES:
            raise TooLarge(f"A picture is at most {IMAGE_BYTES} bytes.")
        if not content.startswith(self.beginning):
            raise InvalidInput(f"These bytes are no {self.media_type}.", code="IMAGE_INVALID")
        return content


class JpegParser(PngParser):
    """The bytes of `Content-Type: image/jpeg`."""

    media_type = "image/jpeg"
    beginning = b"\xff\xd8\xff"
