"""The options of `manage.py up`, shared by the command and by what runs before settings are read."""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pumpparty.runtime.refusal import CannotStart

DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".data"
DEFAULT_SEED = 7
DEFAULT_SPEED = 120


def add_up_arguments(parser: Any) -> None:
    """Add what `manage.py up` understands to an argparse parser."""
    data = os.environ.get("PUMPPARTY_DATA") or str(DEFAULT_DATA)
    add = parser.add_argument
    add("--data", type=Path, default=Path(data), metavar="DIR", help="data folder (default: ./.data)")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=whole(1, 65_535), default=8000, help="port of the pages and the API (default: 8000)")
    add("--source", help="live, replay or synthetic; without it the best one available")
    add("--recording", metavar="DIR", help="folder of recorded candles for the replay source")
    add("--seed", type=whole(0, 2**31), default=DEFAULT_SEED, help="seed of the synthetic prices")
    help_text = "how many times faster than real time (1..3600)"
    add("--speed", type=whole(1, 3_600), default=DEFAULT_SPEED, help=help_text)
    add("--no-demonstration", action="store_true", help="start without seeding the demonstration")
    add("--smoke", action="store_true", help="start in a temporary folder, prove that it trades, stop")
    help_text = "patience of --smoke (1..86400)"
    add("--smoke-timeout", type=whole(1, 86_400), default=240, metavar="SECONDS", help=help_text)


def parse_early(arguments: list[str]) -> argparse.Namespace:
    """The options as they stand on the command line, Django's own among them.

    Raises CannotStart with one line where an option is unknown or its value impossible.
    """
    parser = BaseCommand().create_parser("manage.py", "up", allow_abbrev=False)
    add_up_arguments(parser)
    try:
        return parser.parse_args(arguments)
    except CommandError as refusal:
        line = re.sub(r"^Error: (argument (--[a-z-]+):)?", r"\2", str(refusal)).strip()
        raise CannotStart(f"{line[0].upper()}{line[1:].rstrip('.')}. See `manage.py up --help`.") from None


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers in `low..high` for argparse."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and low <= int(text[:12]) <= high and len(text) <= 12:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, not {text}")

    return read
