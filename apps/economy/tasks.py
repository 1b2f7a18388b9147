"""Queued work of economy: what an operator wants now that a worker does every hour anyway."""

from datetime import timedelta

from apps.operations import queue
from apps.operations.cadence import run_once


@queue.task("economy.reconcile-now", lease=timedelta(minutes=6))
def reconcile_now() -> None:
    """Hold the books against the chains, as the cadence does: under its lease, and told by its heartbeat."""
    run_once("economy.reconcile-chain", force=True)
