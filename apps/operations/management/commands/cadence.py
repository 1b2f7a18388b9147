"""`manage.py cadence once|loop|list|sync`: run the workers by hand, in one process, or copy them to beat."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.operations import cadence, clock, queue
from apps.operations.services import beat
from apps.operations.types import RunOutcome


class Command(BaseCommand):
    """One command per way of running what runs by itself."""

    help = "Run cadences: once NAME [--force], loop [NAMES..], list, sync."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The four ways."""
        ways = parser.add_subparsers(dest="way", required=True)
        once = ways.add_parser("once", help="run one cadence now if it is due")
        once.add_argument("name")
        once.add_argument("--force", action="store_true", help="run it even if it is not due")
        loop = ways.add_parser("loop", help="run the named (or all) cadences in this process, each when due")
        loop.add_argument("names", nargs="*")
        loop.add_argument("--for-seconds", type=float, default=None, help="stop after this much real time")
        loop.add_argument("--drain", action="store_true", help="also run queued work in this process")
        ways.add_parser("list", help="name every cadence, its pace and its purpose")
        ways.add_parser("sync", help="copy the cadences into beat's schedule")

    def handle(self, *args: Any, **options: Any) -> None:
        """Dispatch; a refusal is one line."""
        try:
            getattr(self, f"_{options['way']}")(options)
        except DomainError as error:
            raise CommandError(error.detail) from None

    def _once(self, options: dict[str, Any]) -> None:
        outcome = cadence.run_once(options["name"], force=options["force"])
        self.stdout.write(_line(outcome))
        if outcome.status == "failed":
            raise CommandError(f"{outcome.name} failed: {outcome.detail}")

    def _loop(self, options: dict[str, Any]) -> None:
        names = options["names"] or [item.name for item in cadence.all_cadences()]
        items = [cadence.get_cadence(name) for name in names]
        end = None if options["for_seconds"] is None else time.monotonic() + options["for_seconds"]
        due = dict.fromkeys(names, 0.0)
        try:
            while end is None or time.monotonic() < end:
                for item in items:
                    if time.monotonic() >= due[item.name]:
                        due[item.name] = time.monotonic() + cadence.real_interval(item).total_seconds()
                        outcome = cadence.run_once(item.name)
                        if outcome.status != "skipped":
                            self.stdout.write(_line(outcome))
                if options["drain"]:
                    queue.drain()
                time.sleep(0.05)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _list(self, options: dict[str, Any]) -> None:
        for item in cadence.all_cadences():
            every = f"{item.every.total_seconds():g}s"
            self.stdout.write(f"{item.name:40} every {every:>8}  {item.purpose}")

    def _sync(self, options: dict[str, Any]) -> None:
        changed = beat.sync_schedule()
        count = len(cadence.all_cadences())
        self.stdout.write(f"{count} cadences, {changed} changed, clock speed {clock.speed():g}.")


def _line(outcome: RunOutcome) -> str:
    report = outcome.report
    return json.dumps(
        {
            "cadence": outcome.name,
            "status": outcome.status,
            "detail": outcome.detail,
            "latency_ms": outcome.latency_ms,
            "seen": report.seen,
            "done": report.done,
            "skipped": report.skipped,
            "failed": report.failed,
            "errors": list(report.errors[:3]),
        }
    )
