"""`manage.py backfill_market`: history from the chosen source, as far as it goes, in pieces that are asked once."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import AdapterError, DomainError
from apps.market import queries
from apps.market.management.spans import add_span, span_of, symbols_of, watched
from apps.market.services import history, sources
from apps.market.services.outcome import Outcome
from apps.operations import clock

TOLD = 10


class Command(BaseCommand):
    """Load candles, funding and closes of a span; what is stored already is not asked again."""

    help = "Load history of the chosen price source; safe to stop and to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add_span(parser)
        parser.add_argument(
            "--source", default=None, help="hyperliquid, replay or synthetic, for an empty memory"
        )
        parser.add_argument("--recording", default=None, help="folder of recorded candles")
        parser.add_argument("--seed", type=int, default=7, help="seed of the synthetic market")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, load piece by piece, and say what was written and what the source refused."""
        now = clock.now()
        start, end = span_of(options, now=now)
        outcome = Outcome()
        try:
            self._choose(options)
            found = history.plan(
                symbols=symbols_of(options), start=start, end=end, now=now, real_now=clock.real_now()
            )
            for note in found.notes:
                self.stdout.write(note)
            for piece in watched(found.pieces, label="pieces", out=self.stdout):
                history.load(found.source, piece, now=clock.now(), outcome=outcome)
        except (AdapterError, DomainError) as error:
            raise CommandError(error.detail) from error
        except KeyboardInterrupt:
            self.stdout.write(
                f"Stopped; {outcome.written} rows are written. The same command goes on from there."
            )
            sys.exit(130)
        self._say(outcome)

    def _choose(self, options: dict[str, Any]) -> None:
        choice = sources.select(
            wanted=options["source"] or (None if queries.source_state() else settings.MARKET_SOURCE or None),
            recording=options["recording"],
            seed=options["seed"],
            now=clock.now(),
        )
        self.stdout.write(f"Prices: {choice.label} ({choice.reason})")

    def _say(self, outcome: Outcome) -> None:
        self.stdout.write(f"Written: {outcome.written} candles and hours of funding.")
        for error in outcome.errors[:TOLD]:
            self.stdout.write(f"Refused: {error}")
        if len(outcome.errors) > TOLD:
            self.stdout.write(f"Refused: {len(outcome.errors) - TOLD} more.")
        if outcome.errors:
            raise CommandError(
                f"{len(outcome.errors)} pieces are incomplete; the same command asks for them again."
            )
