"""The @cadence declaration: one function becomes a registered worker with its Celery task."""

from collections.abc import Callable
from datetime import timedelta

from celery import shared_task

from apps.operations.cadence.registry import Body, Cadence, register
from apps.operations.cadence.runner import run_once

DEFAULT_LEASE = timedelta(seconds=120)


def cadence(
    name: str, *, every: timedelta, lease: timedelta = DEFAULT_LEASE, limit: int = 200
) -> Callable[[Body], Body]:
    """Declare the function below as the worker `name` ("<app>.<verb-noun>"), due every `every` of market
    time.

    The lease (real time) must outlast the longest run; after it another process may take over.
    """

    def declare(body: Body) -> Body:
        register(Cadence(name=name, every=every, lease=lease, limit=limit, body=body))

        @shared_task(name=name, acks_late=True, reject_on_worker_lost=True, ignore_result=True)
        def run_cadence(force: bool = False) -> None:
            run_once(name, force=force)

        return body

    return declare
