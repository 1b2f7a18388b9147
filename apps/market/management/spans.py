"""What the commands about history share: their options, and progress that a log can bear."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from tqdm import tqdm

Item = TypeVar("Item")
LINES = 20
"""So many lines at most tell of progress where there is no terminal."""


def add_span(parser: CommandParser) -> None:
    """Declare which time and which assets."""
    parser.add_argument("--days", type=int, help="the last so many days, up to --to")
    parser.add_argument(
        "--from", dest="start", help="from this UTC time, such as 2026-11-01 or 2026-11-01T12:00"
    )
    parser.add_argument("--to", dest="end", help="up to this UTC time (default: now)")
    parser.add_argument("--symbols", default="", help="only these assets, comma-separated")


def span_of(options: dict[str, object], *, now: datetime) -> tuple[datetime, datetime]:
    """Return the span that was asked for; raises CommandError with one sentence where it makes no sense."""
    end = min(_moment(options["end"]), now) if options["end"] else now
    days, start = options["days"], options["start"]
    if (days is None) == (start is None):
        raise CommandError("Give either --days or --from.")
    if isinstance(days, int):
        if not 0 < days <= 4_000:
            raise CommandError("--days must be from 1 to 4000.")
        begin = end - timedelta(days=days)
    else:
        begin = _moment(start)
    if begin >= end:
        raise CommandError(f"The span is empty: {begin:%Y-%m-%d %H:%M} is not before {end:%Y-%m-%d %H:%M}.")
    return begin, end


def _moment(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise CommandError(f"{str(text)[:40]!r} is not a time such as 2026-11-01T12:00.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def symbols_of(options: dict[str, object]) -> tuple[str, ...]:
    """Return the assets that were asked for."""
    return tuple(part.strip() for part in str(options["symbols"]).split(",") if part.strip())


def watched(items: Sequence[Item], *, label: str, out: OutputWrapper) -> Iterator[Item]:
    """Yield the items behind a bar on a terminal, else with a line now and then."""
    if sys.stderr.isatty():
        yield from _bar(items, label)
        return
    step = max(1, -(-len(items) // LINES))
    for number, item in enumerate(items, start=1):
        yield item
        if number % step == 0 or number == len(items):
            out.write(f"{label}: {number} of {len(items)}")
            out.flush()


def _bar(items: Iterable[Item], label: str) -> Iterator[Item]:
    yield from tqdm(items, desc=label, unit="piece")
