"""What must stand in the environment before settings are read: folder, port, key and broker of `up`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pumpparty.runtime import ports, practice
from pumpparty.runtime.datafolder import DataFolder, open_folder
from pumpparty.runtime.local_chain import configuration
from pumpparty.runtime.local_chain.configuration import LocalChain
from pumpparty.runtime.options import parse_early
from pumpparty.runtime.refusal import CannotStart


@dataclass(frozen=True)
class Prepared:
    """A start that may go on: the held data folder, the port, and the socket where the broker is embedded.

    `practice_port` is where a practice model answers, None where real ones are configured and in production; `chain`
    the chain of this machine, None where a vault is configured, in production, and where none can run.
    """

    folder: DataFolder
    host: str
    port: int
    broker_socket: Path | None
    temporary: bool
    practice_port: int | None = None
    chain: LocalChain | None = None


prepared: Prepared | None = None


def before_django(argv: Sequence[str]) -> None:
    """For `up`, hold the data folder and set the environment; for every other command do nothing."""
    global prepared
    if len(argv) < 2 or argv[1] != "up" or {"-h", "--help"} & set(argv[2:]):
        return
    try:
        prepared = prepare(parse_early(list(argv[2:])))
    except CannotStart as refusal:
        sys.exit(str(refusal))


def prepare(options: argparse.Namespace) -> Prepared:
    """Check what was asked and set the environment of this process and its children.

    Raises CannotStart, before anything but the data folder was made.
    """
    if options.recording and not Path(options.recording).is_dir():
        raise CannotStart(
            f"The recording {options.recording} is not a folder; give the folder with --recording."
        )
    if options.source not in {None, "live", "replay", "synthetic"}:
        raise CannotStart(f"--source must be live, replay or synthetic, not {options.source}.")
    if options.source == "replay" and not options.recording:
        raise CannotStart("--source replay needs a folder of recorded candles: add --recording DIR.")
    port = ports.find_free(options.host) if options.smoke else options.port
    ports.demand_free(options.host, port)
    if options.smoke:
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
    path = Path(tempfile.mkdtemp(prefix="pumpparty-")) if options.smoke else options.data
    folder = open_folder(path)
    os.environ["PUMPPARTY_DATA"] = str(folder.path)
    os.environ["PUMPPARTY_NO_BOOTSTRAP"] = "1"
    os.environ["PUMPPARTY_PORT"] = str(port)
    os.environ.setdefault("PUMPPARTY_SECRET_KEY", folder.secret_key())
    os.environ.setdefault("PUMPPARTY_LOG_LEVEL", "WARNING")
    if options.host not in {"127.0.0.1", "localhost", "::1"}:
        os.environ.setdefault("PUMPPARTY_HOSTS", f"localhost,127.0.0.1,[::1],{options.host}")
    socket = None
    if not os.environ.get("REDIS_URL"):
        socket = folder.socket_path()
        os.environ["REDIS_URL"] = f"unix://{socket}?db=1"
        os.environ["CELERY_BROKER_URL"] = f"redis+socket://{socket}?virtual_host=0"
    chain = configuration.prepare(folder.path, any_port=options.smoke)
    return Prepared(folder, options.host, port, socket, options.smoke, practice.prepare(), chain)
