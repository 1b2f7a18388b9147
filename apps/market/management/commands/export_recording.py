"""`manage.py export_recording FOLDER`: market memory of a span as a tape that a replay can use."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import DomainError
from apps.market.management.spans import add_span, span_of, symbols_of, watched
from apps.market.services import recordings
from apps.market.services.recordings import Span
from apps.operations import clock


class Command(BaseCommand):
    """Write candles, prices, books, positioning and funding with a manifest of digests."""

    help = "Write a span of market memory to a new folder: `up --source replay --recording FOLDER` plays it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder and the options."""
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
        add_span(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the tape and say what it holds."""
        now = clock.now()
        start, end = span_of(options, now=now)
        folder: Path = options["folder"].expanduser().resolve()
        try:
            wanted = watched(recordings.pieces(symbols_of(options)), label="files", out=self.stdout)
            manifest = recordings.export_tape(folder, wanted=wanted, span=Span(start, end, now))
        except DomainError as error:
            raise CommandError(error.detail) from error
        rows = sum(file.rows_count for file in manifest.files)
        self.stdout.write(
            f"{folder}: {len(manifest.assets)} assets, {len(manifest.files)} files, {rows} rows of {manifest.label}."
        )
