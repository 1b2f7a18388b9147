"""`manage.py check_invariants`: ask every app whether what must always hold does; exit 1 names what does
not.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.operations import invariants


class Command(BaseCommand):
    """Runs the registered invariants, one line each."""

    help = "Check every invariant; exits 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How to choose and how to print."""
        parser.add_argument("--json", action="store_true", help="print one JSON line with every result")
        parser.add_argument(
            "--fast", action="store_true", help="leave out the checks that walk through the whole history"
        )
        parser.add_argument("--only", action="append", default=[], metavar="I-01", help="check only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and print."""
        try:
            chosen = invariants.registered(only=tuple(options["only"]))
        except KeyError as error:
            raise CommandError(f"There is no invariant {error.args[0]!r}.") from None
        if options["fast"]:
            chosen = [item for item in chosen if not item.is_slow]
        with invariants.one_snapshot():
            results = [invariants.examine(item) for item in chosen]
        if options["json"]:
            self.stdout.write(json.dumps([result.as_document() for result in results]))
        else:
            for result in results:
                verdict = "holds" if result.holds else "BROKEN"
                self.stdout.write(f"{result.key:12} {verdict:7} {result.sentence}")
                for offence in result.offences:
                    self.stdout.write(f"{'':12} - {offence}")
        if not all(result.holds for result in results):
            sys.exit(1)
