"""`manage.py import_recording FOLDER`: a tape into an empty memory, with the times of its recording."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import DomainError
from apps.market.management.spans import watched
from apps.market.services import recordings
from apps.operations import clock


class Command(BaseCommand):
    """Verify a tape, then load it and choose it as the source of this memory."""

    help = "Load a tape that export_recording wrote; every file is checked against its digest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder."""
        parser.add_argument("folder", type=Path, help="the folder of the tape; it stays needed for replay")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the tape and say what it was."""
        folder: Path = options["folder"].expanduser().resolve()
        try:
            manifest = recordings.opened(folder)
            wanted = watched(manifest.files, label="files", out=self.stdout)
            rows = recordings.import_tape(folder, manifest, now=clock.now(), wanted=wanted)
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(
            f"{folder}: {len(manifest.files)} files, {rows} rows recorded from {manifest.label}."
        )
