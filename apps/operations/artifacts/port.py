"""What a store of artifacts can do; what is stored is checked by who asks, never believed."""

from typing import Protocol

from apps.core.errors import DomainError


class ArtifactStoreDown(DomainError):
    """The store cannot be written or read now; nothing is lost, ask again later."""

    status = 503
    code = "ARTIFACT_STORE_DOWN"
    retryable = True


class ArtifactStore(Protocol):
    """Bytes by name, where a name is the SHA-256 of its bytes. Both raise ArtifactStoreDown."""

    def write(self, digest: str, data: bytes) -> None:
        """Keep the bytes under their digest, durably; again is harmless."""
        ...

    def read(self, digest: str) -> bytes | None:
        """What is kept under the digest, or None."""
        ...
