"""`manage.py run_recording`: recorded candles end to end in a scratch database, one JSON line at the end."""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.core.errors import AdapterError, DomainError
from pumpparty import recording
from pumpparty.runtime.refusal import CannotStart
from pumpparty.runtime.scratch import scratch_environment

INSIDE = "PUMPPARTY_SCRATCH"
REFUSED = 2
DIFFERENT = 1


class Command(BaseCommand):
    """Take a folder of recorded candles through decisions, gates, fills and marks."""

    help = "Run recorded candles end to end in a scratch database; nothing else is touched."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder and the options."""
        parser.add_argument("path", help="folder with <COIN>_<interval>.csv or .csv.gz files")
        parser.add_argument("--assets", default="", help="only these, comma-separated")
        parser.add_argument("--engine", default="rules", choices=["rules", "noop"])
        parser.add_argument("--max-bars", type=int, help="stop after so many moments")
        parser.add_argument("--cadence", type=int, metavar="MINUTES", help="decide no more often than this")
        parser.add_argument(
            "--verify",
            action="store_true",
            help="execute every decision again; exits 1 unless all are identical",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run inside a scratch database, in a process of its own that is started here."""
        if os.environ.get(INSIDE) == "1":
            sys.exit(self._run_inside(options))
        if not Path(options["path"]).is_dir():
            _refuse(f"The recording {options['path']} is not a folder; give a folder of candle files.")
        if options["max_bars"] is not None and options["max_bars"] < 1:
            _refuse("--max-bars must be at least 1.")
        try:
            with scratch_environment() as environment:
                command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *sys.argv[1:]]
                code = subprocess.run(command, env={**environment, INSIDE: "1"}, check=False).returncode
        except CannotStart as refusal:
            _refuse(str(refusal))
        except KeyboardInterrupt:
            code = 130
        sys.exit(code)

    def _run_inside(self, options: dict[str, Any]) -> int:
        call_command("migrate", verbosity=0, interactive=False)
        assets = tuple(part.strip() for part in options["assets"].split(",") if part.strip())
        try:
            result = recording.run(
                path=options["path"],
                assets=assets,
                engine=options["engine"],
                max_bars=options["max_bars"],
                cadence_minutes=options["cadence"],
                is_verified=options["verify"],
            )
        except (DomainError, AdapterError) as error:
            _refuse(str(error))
        if options["json"]:
            print(json.dumps(result, separators=(",", ":")), flush=True)
        else:
            print("\n".join(f"{name}: {value}" for name, value in result.items()), flush=True)
        return DIFFERENT if result.get("verified", {}).get("first") else 0


def _refuse(line: str) -> None:
    print(" ".join(line.split()), file=sys.stderr, flush=True)
    sys.exit(REFUSED)
