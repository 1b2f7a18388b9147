"""`manage.py test`: the whole suite under pytest, on SQLite or on a private PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from pumpparty.runtime import frontend
from pumpparty.runtime.postgres import private_server
from pumpparty.runtime.refusal import CannotStart


class Command(BaseCommand):
    """Run pytest with two processes unless told otherwise; everything but --postgres is passed on to it."""

    help = "Run the tests. --postgres: on a private PostgreSQL. Everything else goes to pytest."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Take the command line as it stands, because pytest's options are not Django's."""
        given = argv[2:]
        try:
            sys.exit(self.run_suite([part for part in given if part != "--postgres"], "--postgres" in given))
        except CannotStart as refusal:
            sys.exit(str(refusal))

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what `manage.py help test` should show."""
        parser.add_argument("--postgres", action="store_true", help="use a private PostgreSQL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the suite when called from Python."""
        sys.exit(self.run_suite(list(args), bool(options.get("postgres"))))

    def run_suite(self, arguments: list[str], postgres: bool) -> int:
        """Run pytest in a temporary data folder and return its exit code; page tests need the islands."""
        frontend.prepare(lambda line: print(line, file=sys.stderr, flush=True))
        if postgres and not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            with private_server() as url:
                return run_pytest(arguments, DATABASE_URL=url)
        return run_pytest(arguments)


def run_pytest(arguments: list[str], **variables: str) -> int:
    """Run pytest as a child with its own data folder; an interrupt is left to pytest itself."""
    parallel = any(part.startswith(("-n", "--numprocesses", "--dist", "-p")) for part in arguments)
    command = [sys.executable, "-m", "pytest", *([] if parallel else ["-n", "2"]), *arguments]
    with tempfile.TemporaryDirectory(prefix="pumpparty-test-", ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "PUMPPARTY_DATA": folder, "PUMPPARTY_NO_BOOTSTRAP": "1", **variables}
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
