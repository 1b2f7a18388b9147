"""This process's name as an owner of leases, and whether another owner on this machine still lives."""

import os
import socket
from functools import cache
from pathlib import Path


@cache
def _place() -> str:
    namespace = Path("/proc/self/ns/pid")
    try:
        number = namespace.stat().st_ino
    except OSError:
        number = 0
    return f"{socket.gethostname()[:60]}:{number}"


def owner() -> str:
    """Host, process namespace and process number of this process."""
    return f"{_place()}:{os.getpid()}"


def is_gone(name: str) -> bool:
    """Whether `name` was a process of this machine that is gone; False where that cannot be known."""
    place, _, number = name.rpartition(":")
    if place != _place() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
