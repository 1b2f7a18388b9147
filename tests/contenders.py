"""Contenders that really are at once: threads with database connections of their own, released together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from apps.core.errors import DomainError

RACE = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time"),
]
"""The marks of a module of races."""


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What each act got, or the code of its refusal, in the order of the acts."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def crowd(workers: int, act: Callable[[int], Any]) -> list[Any]:
    """`together` for one act done by many, each of whom gets a number."""
    return together(*(lambda number=number: act(number) for number in range(workers)))
