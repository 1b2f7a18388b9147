"""`manage.py build_frontend`: build the islands of the pages, or check their sources."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from pumpparty.runtime import frontend


class Command(BaseCommand):
    """For production, before `collectstatic`; `up` and `test` build by themselves."""

    help = "Build the islands of the pages. --check: check their types, style and unit tests as well."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --check."""
        parser.add_argument("--check", action="store_true", help="types, style and unit tests as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build; exit with the reason where that is impossible."""
        place = frontend.islands()
        try:
            if options["check"]:
                frontend.check(self.stdout.write, place=place)
            frontend.build(self.stdout.write, place=place)
        except frontend.BuildFailed as failure:
            sys.exit(f"The islands were not built: {failure}")
        self.stdout.write(f"Built in {place.output}")
