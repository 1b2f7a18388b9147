"""TCP ports: whether one is free, and a free one to take."""

import errno
import socket

from pumpparty.runtime.refusal import CannotStart


def demand_free(host: str, port: int) -> None:
    """Return where the port can be bound; raise CannotStart with what to do otherwise."""
    if not 1 <= port <= 65535:
        raise CannotStart(f"--port must be from 1 to 65535, not {port}.")
    try:
        with _bound(host, port):
            return
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            reason = f"Port {port} on {host} is in use; stop what uses it or choose another with --port."
        elif failure.errno == errno.EACCES:
            reason = f"Port {port} needs more rights; choose one above 1023 with --port."
        else:
            reason = (
                f"Cannot listen on {host}:{port} ({failure.strerror or failure}); check --host and --port."
            )
        raise CannotStart(reason) from None


def find_free(host: str) -> int:
    """A port that was free a moment ago."""
    with _bound(host, 0) as listener:
        return int(listener.getsockname()[1])


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
