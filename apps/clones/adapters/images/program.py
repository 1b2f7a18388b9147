"""The process that reads one picture from its input and writes it anew to its output; it imports nothing of ours."""

import resource
import sys
from io import BytesIO
from typing import Any

ADDRESS_SPACE_BYTES = 288 * 1024 * 1024
CPU_SECONDS = 5
REFUSED = 3
LARGEST_SIDE = 4096
MOST_PIXELS = 12_000_000
SMALLEST_SIDE = 16
SIDE = 512
QUALITY = 88


class Refused(Exception):
    """The picture is not acceptable; the text says why."""


def limit() -> None:
    """Give up what the work does not need, before a byte of the picture is read."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def drawn(content: bytes) -> bytes:
    """The picture as WebP; raises Refused."""
    from PIL import Image, ImageOps

    try:
        picture = Image.open(BytesIO(content), formats=("PNG", "JPEG"))
        refuse_by_header(picture)
        picture.draft(None, (SIDE * 2, SIDE * 2))  # a JPEG is decoded no larger than is useful
        picture.load()
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        square = ImageOps.fit(ImageOps.exif_transpose(picture).convert(mode), (SIDE, SIDE))
    except Refused:
        raise
    except Exception as fault:  # whatever a decoder meets in a stranger's bytes
        raise Refused("This file is not a PNG or JPEG that can be read.") from fault
    clean = Image.new(mode, square.size)  # a new picture carries none of the old one's notes
    clean.paste(square)
    answer = BytesIO()
    clean.save(answer, "WEBP", quality=QUALITY, method=4)
    return answer.getvalue()


def refuse_by_header(picture: Any) -> None:
    """Raise Refused for what the header alone rules out: nothing was decoded yet."""
    width, height = picture.size
    if picture.format not in ("PNG", "JPEG") or getattr(picture, "n_frames", 1) != 1:
        raise Refused("Send a PNG or a JPEG of one frame.")
    if min(width, height) < SMALLEST_SIDE:
        raise Refused(f"A picture is at least {SMALLEST_SIDE} pixels wide and high.")
    if max(width, height) > LARGEST_SIDE or width * height > MOST_PIXELS:
        raise Refused(f"A picture is at most {LARGEST_SIDE} pixels wide and high, and 12 megapixels in all.")


if __name__ == "__main__":
    limit()
    try:
        sys.stdout.buffer.write(drawn(sys.stdin.buffer.read()))
    except Refused as refusal:
        sys.stderr.write(str(refusal))
        sys.exit(REFUSED)
