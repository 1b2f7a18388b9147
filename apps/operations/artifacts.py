"""Files addressed by their content: what is stored under a digest can never be something else."""

import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from apps.core.errors import InvalidInput, NotFound
from apps.core.json_strict import sha256_hex

MAX_BYTES = 64 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ArtifactDamaged(NotFound):
    """The stored file is not what its name says."""

    code = "ARTIFACT_DAMAGED"


def put(data: bytes) -> str:
    """Store the bytes and return their SHA-256; storing the same bytes again is free. At most 64 MiB."""
    if len(data) > MAX_BYTES:
        raise InvalidInput("An artifact holds at most 64 MiB.", code="ARTIFACT_TOO_LARGE")
    digest = sha256_hex(data)
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    return digest


def get(digest: str) -> bytes:
    """The bytes stored under the digest; raises NotFound, or ArtifactDamaged when the file was altered."""
    path = _path(digest)
    if not path.is_file():
        raise NotFound(f"There is no artifact {digest}.", code="ARTIFACT_NOT_FOUND")
    data = path.read_bytes()
    if sha256_hex(data) != digest:
        raise ArtifactDamaged(f"The artifact {digest} was altered on disk.")
    return data


def _path(digest: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise NotFound("This is not an artifact's digest.", code="ARTIFACT_NOT_FOUND")
    return Path(settings.ARTIFACT_ROOT) / digest[:2] / digest
