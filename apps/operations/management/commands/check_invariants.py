"""`manage.py check_invariants`: ask every app whether what must always hold does; exit 1 names what does
not, exit 2 means that nothing was asked.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.operations import invariants
from apps.operations.invariants import Finding, Invariant

UNASKED = 2


class Command(BaseCommand):
    """Runs the registered invariants, one line each."""

    help = "Check every invariant; exits 1 when one is broken, 2 when it was asked of something unknown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How to choose and how to print."""
        parser.add_argument("--json", action="store_true", help="print one JSON line with every result")
        parser.add_argument(
            "--fast", action="store_true", help="leave out the checks that walk through the whole history"
        )
        parser.add_argument("--only", action="append", default=[], metavar="I-01", help="check only this one")
        for name in invariants.subjects():
            told = f"check only this {name}, and only what can be asked of one"
            parser.add_argument(f"--{name}", metavar="ID", help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and print."""
        try:
            chosen = invariants.registered(only=tuple(options["only"]))
        except KeyError as error:
            raise CommandError(f"There is no invariant {error.args[0]!r}.", returncode=UNASKED) from None
        if options["fast"]:
            chosen = [item for item in chosen if not item.is_slow]
        with invariants.one_snapshot():
            chosen, key = self._narrowed(chosen, options)
            results = [invariants.examine(item, only=key) for item in chosen]
        self._print(results, as_json=options["json"])
        if not all(result.holds for result in results):
            sys.exit(1)

    def _narrowed(
        self, chosen: list[Invariant], options: dict[str, Any]
    ) -> tuple[list[Invariant], int | None]:
        """What can be asked of the one thing named, and its key; everything and None where nothing was named."""
        for name, find in invariants.subjects().items():
            word = options.get(name)
            if word is None:
                continue
            key = find(word)
            if key is None:
                raise CommandError(f"There is no {name} {word!r}.", returncode=UNASKED)
            skipped = [item.key for item in chosen if item.subject != name]
            if len(skipped) == len(chosen):
                raise CommandError(f"Nothing chosen can be asked of one {name}.", returncode=UNASKED)
            if skipped:
                self.stderr.write(f"Skipped, not about one {name}: {', '.join(skipped)}")
            return [item for item in chosen if item.subject == name], key
        return chosen, None

    def _print(self, results: Sequence[Finding], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([result.as_document() for result in results]))
            return
        for result in results:
            verdict = "holds" if result.holds else "BROKEN"
            self.stdout.write(f"{result.key:12} {verdict:7} {result.sentence}")
            for offence in result.offences:
                self.stdout.write(f"{'':12} - {offence}")
