"""Artifacts as files of a folder on this machine, named by their digest."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from apps.operations.artifacts.port import ArtifactStoreDown


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder; a file appears whole under its name or not at all."""

    root: Path | str

    def write(self, digest: str, data: bytes) -> None:
        """Write beside the name, flush to the disk, then rename; a file that was damaged is made whole again."""
        if self.read(digest) == data:
            return
        path = self._path(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ArtifactStoreDown(f"The artifact folder cannot be written: {error.strerror}.") from error

    def read(self, digest: str) -> bytes | None:
        """The file's bytes, or None."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArtifactStoreDown(f"The artifact folder cannot be read: {error.strerror}.") from error

    def _path(self, digest: str) -> Path:
        return Path(self.root) / digest[:2] / digest
