"""`manage.py verify_day 2026-03-02`: make a day's root again from the chains and name the first difference; exit 1 then."""

import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import NotFound
from apps.operations.invariants import one_snapshot
from apps.trading.services.day_roots import check_day


class Command(BaseCommand):
    """Compares; rows are never rewritten."""

    help = (
        "Make the root of a UTC day again from the chains of all accounts; exits 1 at the first difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which day."""
        parser.add_argument("date", type=date.fromisoformat, metavar="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print; what was written after the seal is told and is no difference."""
        try:
            with one_snapshot():
                check = check_day(options["date"])
        except NotFound as missing:
            raise CommandError(missing.detail, returncode=2) from missing
        for line in check.faults[:1]:
            self.stdout.write(line)
        for line in check.late:
            self.stdout.write(f"late, under the next root: {line}")
        if check.faults:
            sys.exit(1)
        self.stdout.write(
            f"{check.day.date}: {check.day.leaves_count} accounts are as they were sealed under {check.day.root}."
        )
