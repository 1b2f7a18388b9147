"""`manage.py replay_decision run_..`: execute a recorded decision again, and name the first place that differs."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import NotFound
from apps.decisions import queries as decisions
from apps.operations import clock
from apps.trading.services.reexecution import Reexecution, Step, StepStatus, reexecute

UNKNOWN = 2
CODES = {StepStatus.IDENTICAL: 0, StepStatus.DIFFERENT: 1, StepStatus.UNAVAILABLE: 3}


class Command(BaseCommand):
    """Asks again; rows are never rewritten."""

    help = (
        "Execute a recorded decision again: its seal, what it saw, was asked and said, its gates, fills and postings. "
        "Exits 0 when everything is identical, 1 when something differs, 2 when there is no such run, and 3 when nothing "
        "differs but something can no longer be asked (memory has forgotten it, or the archive does not answer)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which run, and in what form."""
        parser.add_argument("run", metavar="run_..")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask and print."""
        try:
            run = decisions.get_bare_run(options["run"])
        except NotFound:
            raise CommandError(f"There is no decision run {options['run']!r}.", returncode=UNKNOWN) from None
        found = reexecute(run, now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps({"status": found.status, **asdict(found)}, separators=(",", ":")))
        else:
            self._table(found)
        if CODES[found.status]:
            sys.exit(CODES[found.status])

    def _table(self, found: Reexecution) -> None:
        for step in found.steps:
            name = step.name if step.action is None else f"{step.name} of action {step.action}"
            self.stdout.write(f"{step.status.upper():<12} {step.part:<8} {name:<20} {step.sentence}")
            if step.where:
                self.stdout.write(
                    f"{'':<12} at {step.where}: asked again {step.expected!r}, written {step.found!r}"
                )
        self.stdout.write(f"{found.run}: {_verdict(found)}")


def _verdict(found: Reexecution) -> str:
    first: Step | None = found.first_difference or found.first_unavailable
    if first is None:
        return "identical in every step."
    if first.status == StepStatus.DIFFERENT:
        return f"DIFFERENT, first at {first.where}."
    return f"nothing differs, but not everything can be asked: {first.sentence}"
