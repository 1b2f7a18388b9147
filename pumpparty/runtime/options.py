"""The options of `manage.py up`, shared by the command and by what runs before settings are read."""

import argparse
import os
from pathlib import Path
from typing import Any

DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".data"
DEFAULT_SEED = 7
DEFAULT_SPEED = 120


def add_up_arguments(parser: Any) -> None:
    """Add what `manage.py up` understands to an argparse parser."""
    data = os.environ.get("PUMPPARTY_DATA") or str(DEFAULT_DATA)
    add = parser.add_argument
    add("--data", type=Path, default=Path(data), metavar="DIR", help="data folder (default: ./.data)")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=int, default=8000, help="port of the pages and the API (default: 8000)")
    add("--source", help="live, replay or synthetic; without it the best one available")
    add("--recording", metavar="DIR", help="folder of recorded candles for the replay source")
    add("--seed", type=int, default=DEFAULT_SEED, help="seed of the synthetic prices")
    add("--speed", type=int, default=DEFAULT_SPEED, help="how many times faster than real time (1..3600)")
    add("--no-demonstration", action="store_true", help="start without seeding the demonstration")
    add("--smoke", action="store_true", help="start in a temporary folder, prove that it trades, stop")
    add("--smoke-timeout", type=int, default=240, metavar="SECONDS", help="patience of --smoke")


def parse_early(arguments: list[str]) -> argparse.Namespace:
    """The options as they stand on the command line; what is unknown here is left to Django's own parser."""
    parser = argparse.ArgumentParser(prog="manage.py up", add_help=False, allow_abbrev=False)
    add_up_arguments(parser)
    return parser.parse_known_args(arguments)[0]
