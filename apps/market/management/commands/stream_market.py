"""`manage.py stream_market`: the supervised process that keeps market memory fed."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from apps.core.errors import DomainError
from apps.market.services import sources
from apps.operations import clock
from apps.operations.cadence import get_cadence, real_interval, run_once

CADENCE = "market.ingest"


class Command(BaseCommand):
    """Choose the price source, then ingest at its pace until a signal asks to stop."""

    help = "Choose the price source (live, else a recording, else synthetic) and ingest until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--source", default=None, help="hyperliquid, replay or synthetic")
        parser.add_argument("--recording", default=None, help="folder of recorded candles")
        parser.add_argument("--seed", type=int, default=7, help="seed of the synthetic market")
        parser.add_argument("--once", action="store_true", help="ingest once and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; the cadence's row is the heartbeat."""
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
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
        while not stop.is_set():
            outcome = run_once(CADENCE, force=options["once"])
            if options["once"]:
                self.stdout.write(f"market: {outcome.status}, {outcome.report.done} rows")
                return
            close_old_connections()
            stop.wait(real_interval(get_cadence(CADENCE)).total_seconds())
        self.stdout.write("market: stopped")
