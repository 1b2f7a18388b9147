"""A forked child that does some work on a database of its own and may be killed meanwhile."""

import json
import logging
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tests.trading.kills import stores

SECONDS = 60
Tell = Callable[..., None]


@dataclass(frozen=True)
class Ended:
    """How a child ended and the documents that it told."""

    killed: bool
    status: int
    told: list[dict[str, Any]] = field(default_factory=list)

    def last(self, key: str, default: Any = None) -> Any:
        """The newest value that was told under a key."""
        return next((one[key] for one in reversed(self.told) if key in one), default)


def run(database: str, work: Callable[[Tell], None]) -> Ended:
    """Do the work in a child; `work` is given a function that tells the parent a document at once.

    Raises AssertionError with the child's traceback if it fails, or does not end within a minute.
    """
    connection.close()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _be_the_child(database, work, writing)
    os.close(writing)
    with open(reading, encoding="utf-8") as stream:
        told = [json.loads(line) for line in stream.read().splitlines() if line.endswith("}")]
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    ended = Ended(killed, status, told)
    if status and not killed:
        raise AssertionError(f"the child ended with {status}\n{ended.last('error', 'and said nothing')}")
    return ended


def _be_the_child(database: str, work: Callable[[Tell], None], writing: int) -> None:
    """Never returns: the parent's exit handlers and open transactions are none of the child's business."""
    status = 1

    def tell(**document: Any) -> None:
        os.write(writing, (json.dumps(document, default=str) + "\n").encode())

    try:
        signal.alarm(SECONDS)
        logging.disable(logging.CRITICAL)
        stores.enter(database)
        work(tell)
        connection.close()
        status = 0
    except BaseException:
        tell(error=traceback.format_exc()[-6000:])
    finally:
        os._exit(status)
