"""One child process of the supervisor: own group and log, restarted with back-off, stopped for certain."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LOG_LIMIT = 10_000_000
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_AFTER = 30.0
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Run in a new child before its programme: have the kernel stop it when its parent disappears (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A named programme that is kept running."""

    def __init__(
        self, name: str, command: Sequence[str], *, logs: Path, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.folder = folder
        self.log_path = logs / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self._delay = FIRST_DELAY
        self._started_at = 0.0
        self._due_at: float | None = None

    def start(self) -> int:
        """Start the programme in its own process group and return the group's id."""
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - the supervisor has no threads
            )
        self._started_at = time.monotonic()
        self._due_at = None
        return self.process.pid

    def is_running(self) -> bool:
        """Whether the programme runs now."""
        return self.process is not None and self.process.poll() is None

    def watch(self, *, report: Callable[[str], None]) -> int | None:
        """Look once: report a death, restart after the back-off; the new group's id after a restart."""
        if self.process is None or self.process.poll() is None:
            return None
        now = time.monotonic()
        if self._due_at is None:
            if now - self._started_at > STEADY_AFTER:
                self._delay = FIRST_DELAY
            self._due_at = now + self._delay
            ending = describe_exit(self.process.returncode)
            report(f"{self.name} {ending}; starting it again in {self._delay:g} s (log: {self.log_path})")
            self._delay = min(self._delay * 2, LONGEST_DELAY)
            signal_group(self.process.pid, signal.SIGKILL)
            return None
        if now < self._due_at:
            return None
        self.restarts += 1
        return self.start()


def describe_exit(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was stopped by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def stop_all(children: Sequence[Child], *, patience: float = 6.0) -> None:
    """Ask every programme to stop, wait, and kill what is left of its group.

    Only the leader is asked: it knows how to end its own children, which a signal of their own would disturb.
    """
    for child in children:
        if child.is_running() and child.process is not None:
            child.process.terminate()
    deadline = time.monotonic() + patience
    for child in children:
        if child.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
    for child in children:
        if child.process is not None:
            signal_group(child.process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=2)


def signal_group(group: int, number: int) -> None:
    """Send a signal to a whole process group; one that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
