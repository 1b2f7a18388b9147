"""The data folder of an embedded arena: who holds it, its secret key, logs and the broker's socket."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pumpparty.runtime.refusal import CannotStart

SOCKET_PATH_LIMIT = 100  # bytes; the kernel's own limit is 107 on Linux and 103 on macOS


@dataclass(frozen=True)
class DataFolder:
    """A prepared folder; `lock` is the open descriptor that keeps a second start out."""

    path: Path
    lock: int

    @property
    def logs(self) -> Path:
        """Where each child process writes its log file."""
        return self.path / "logs"

    @property
    def broker(self) -> Path:
        """Where the embedded broker keeps its append-only file."""
        return self.path / "valkey"

    def secret_key(self) -> str:
        """The generated key of this arena, readable by its owner only; made at the first start."""
        path = self.path / "secret_key"
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(handle, secrets.token_urlsafe(48).encode())
            os.close(handle)
        return path.read_text().strip()

    def socket_path(self) -> Path:
        """A path for the broker's socket that every kernel accepts, however long the folder's own path is."""
        near = self.broker / "valkey.sock"
        if len(os.fsencode(near)) <= SOCKET_PATH_LIMIT:
            return near
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"pumpparty-{os.getuid()}-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise CannotStart(f"{folder} belongs to somebody else; choose a shorter data folder with --data.")
        return folder / "valkey.sock"


def open_folder(path: Path) -> DataFolder:
    """Create or find the folder and hold it for this process.

    Raises CannotStart where the folder cannot be written or another supervisor holds it.
    """
    path = path.expanduser().resolve()
    try:
        for folder in (path, path / "logs", path / "valkey", path / "artifacts"):
            folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(path / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        reason = failure.strerror or failure
        raise CannotStart(
            f"The data folder {path} cannot be used ({reason}); choose another with --data."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise CannotStart(
            f"An arena is already running on {path} (process {holder}); stop it or name another with --data."
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return DataFolder(path, lock)
