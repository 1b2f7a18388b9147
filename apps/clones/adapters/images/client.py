"""Handing a picture to the process that reads it, and judging its answer."""

import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from apps.core.errors import AdapterError

PROGRAM = Path(__file__).with_name("program.py")
PATIENCE_SECONDS = 15
LARGEST_ANSWER = 1_048_576
REFUSED = 3
"""The exit status that says: this is no picture that we accept."""

_places = BoundedSemaphore(2)


class NotAnImage(Exception):
    """These bytes are no picture that we accept; the text says why."""


def draw_anew(content: bytes) -> bytes:
    """A PNG or JPEG as a WebP of 512 x 512 pixels without metadata.

    Raises NotAnImage for anything else, AdapterError when no process could be asked. Two pictures are drawn at a time.
    """
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise AdapterError("Too many pictures are being read.", transient=True)
    try:
        answer = _ask(content)
    finally:
        _places.release()
    drawn = answer.stdout
    if answer.returncode == REFUSED:
        raise NotAnImage(answer.stderr.decode("ascii", "replace")[:200].strip())
    # A process that its limits ended has met a picture made to exhaust it.
    if answer.returncode != 0 or not _is_webp(drawn) or len(drawn) > LARGEST_ANSWER:
        raise NotAnImage("This picture cannot be read.")
    return drawn


def _ask(content: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        # Isolated and without our environment: the program sees neither our settings nor our secrets.
        return subprocess.run(
            [sys.executable, "-I", str(PROGRAM)],
            input=content,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise NotAnImage("This picture takes too long to read.") from late
    except OSError as failed:
        raise AdapterError("The program that reads pictures cannot be started.", transient=True) from failed


def _is_webp(drawn: bytes) -> bool:
    return drawn[:4] == b"RIFF" and drawn[8:12] == b"WEBP"
