"""A companion of the supervisor: when that is gone, however it died, it stops every process group left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import IO

PATIENCE = 5.0


class Reaper:
    """The supervisor's end: names the groups that must not outlive it."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._groups: set[int] = set()

    def cover(self, group: int) -> None:
        """Have the group stopped when this process disappears; starts the companion where it is missing."""
        self._groups.add(group)
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-E", os.path.abspath(__file__)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            for known in self._groups:
                self._tell(f"+{known}")
            return
        self._tell(f"+{group}")

    def dismiss(self) -> None:
        """End the companion; what it covered is stopped already."""
        if self.process is None:
            return
        self._tell("done")
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=2)

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):
            if self.process is not None and self.process.stdin is not None:
                self.process.stdin.write(line.encode() + b"\n")
                self.process.stdin.flush()


def read_groups(stream: IO[bytes]) -> set[int]:
    """Read until the other end disappears; the groups to stop, empty after a proper goodbye."""
    groups: set[int] = set()
    for line in stream:
        word = line.strip()
        if word == b"done":
            return set()
        if word[:1] == b"+" and word[1:].isdigit():
            groups.add(int(word[1:]))
    return groups


def stop_groups(groups: set[int], *, patience: float = PATIENCE) -> None:
    """Ask each group to end, then kill what is left after `patience` seconds."""
    deadline = time.monotonic() + patience
    _signal(groups, signal.SIGTERM)
    while time.monotonic() < deadline and any(_exists(group) for group in groups):
        time.sleep(0.05)
    _signal(groups, signal.SIGKILL)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def _signal(groups: set[int], number: int) -> None:
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, number)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop_groups(read_groups(sys.stdin.buffer))
