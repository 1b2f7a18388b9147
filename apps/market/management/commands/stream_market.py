"""`manage.py stream_market`: the supervised process that keeps market memory fed."""

import queue
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from apps.core.errors import DomainError
from apps.market.services import sources, streaming
from apps.operations import clock
from apps.operations.cadence import get_cadence, real_interval, run_once

CADENCE = "market.ingest"
GATHER_SECONDS = 1.0
"""The coins close a minute one after the other: they are taken together, and cycles stay a second apart."""


class Command(BaseCommand):
    """Choose the price source, then ingest at its pace until a signal asks to stop."""

    help = "Choose the price source (live, else a recording, else synthetic) and ingest until stopped."

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._stop = threading.Event()
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--source", default=None, help="hyperliquid, replay or synthetic")
        parser.add_argument("--recording", default=None, help="folder of recorded candles")
        parser.add_argument("--seed", type=int, default=7, help="seed of the synthetic market")
        parser.add_argument("--once", action="store_true", help="ingest once and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; the cadence's row is the heartbeat."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.end())
        try:
            choice = sources.select(
                wanted=options["source"] or getattr(settings, "MARKET_SOURCE", "") or None,
                recording=options["recording"],
                seed=options["seed"],
                now=clock.now(),
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"market: {choice.label} ({choice.reason})")
        self.stdout.flush()
        if options["once"]:
            outcome = run_once(CADENCE, force=True)
            self.stdout.write(f"market: {outcome.status}, {outcome.report.done} rows")
            return
        with streaming.streaming(clock=clock.real_now, on_close=self.wake) as follow:
            is_prompt = False
            while not self._stop.is_set():
                run_once(CADENCE, force=is_prompt)
                follow()
                close_old_connections()
                is_prompt = self.rest(real_interval(get_cadence(CADENCE)).total_seconds())
        self.stdout.write("market: stopped")

    def wake(self) -> None:
        """Bring the next cycle forward; safe in any thread and in a signal handler, whose put may interrupt a get."""
        self._wake.put(None)

    def end(self) -> None:
        """Ask the loop to end."""
        self._stop.set()
        self.wake()

    def rest(self, seconds: float) -> bool:
        """Wait until the next cycle is due, or shortly after a minute closed; True when one closed."""
        try:
            self._wake.get(timeout=seconds)
        except queue.Empty:
            return False
        until = time.monotonic() + GATHER_SECONDS
        while not self._stop.is_set():
            try:
                self._wake.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return True
        return False
