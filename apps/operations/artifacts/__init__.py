"""Files addressed by their content: what is stored under a digest can never be something else."""

import re

from django.conf import settings

from apps.core.errors import InvalidInput, NotFound
from apps.core.json_strict import sha256_hex
from apps.operations.artifacts import files, s3
from apps.operations.artifacts.port import ArtifactStore, ArtifactStoreDown

__all__ = ["MAX_BYTES", "ArtifactDamaged", "ArtifactStore", "ArtifactStoreDown", "get", "put"]

MAX_BYTES = 64 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ArtifactDamaged(NotFound):
    """The stored file is not what its name says."""

    code = "ARTIFACT_DAMAGED"


def put(data: bytes) -> str:
    """Store the bytes and return their SHA-256; storing the same bytes again is free. At most 64 MiB.

    Raises ArtifactStoreDown (retryable) where the store cannot take them now.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("An artifact holds at most 64 MiB.", code="ARTIFACT_TOO_LARGE")
    digest = sha256_hex(data)
    _store().write(digest, data)
    return digest


def get(digest: str) -> bytes:
    """The bytes stored under the digest; raises NotFound, ArtifactDamaged when they were altered in the store, and
    ArtifactStoreDown (retryable) when the store does not answer.
    """
    if not _DIGEST.fullmatch(digest):
        raise NotFound("This is not an artifact's digest.", code="ARTIFACT_NOT_FOUND")
    data = _store().read(digest)
    if data is None:
        raise NotFound(f"There is no artifact {digest}.", code="ARTIFACT_NOT_FOUND")
    if sha256_hex(data) != digest:
        raise ArtifactDamaged(f"The artifact {digest} was altered in the store.")
    return data


def _store() -> ArtifactStore:
    """The store that the settings name."""
    if settings.ARTIFACT_STORE == "s3":
        return s3.opened(**settings.ARTIFACT_S3)
    return files.FileStore(settings.ARTIFACT_ROOT)
