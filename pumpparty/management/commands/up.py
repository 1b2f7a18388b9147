"""`manage.py up`: the whole arena on this machine, in one command."""

import contextlib
import json
import shutil
import sys
import time
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from apps.market.types import SourceChoice
from apps.operations import clock
from pumpparty import demonstration
from pumpparty.runtime import launch, marketclock, preparation
from pumpparty.runtime.options import add_up_arguments
from pumpparty.runtime.progress import Progress, until_arena, until_trading
from pumpparty.runtime.refusal import CannotStart
from pumpparty.runtime.supervisor import Stopped, Supervisor, stoppable

RETRY_SECONDS = 15


class Command(BaseCommand):
    """Set up, start, watch and stop every programme of the arena."""

    help = "Run the arena: pages, API, workers, scheduler, market stream and a seeded demonstration."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options that `manage.py up --help` lists."""
        add_up_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop; with --smoke until it is proved to trade."""
        prepared = preparation.prepared
        if prepared is None:
            sys.exit("Start the arena from the command line: python3 manage.py up")
        chosen = Namespace(**options)
        supervisor = Supervisor(report=lambda line: _say(line, quiet=chosen.smoke))
        code = 0
        try:
            with stoppable():
                code = (
                    _smoke(supervisor, prepared, chosen)
                    if chosen.smoke
                    else _run(supervisor, prepared, chosen)
                )
        except CannotStart as refusal:
            code = 1
            print(str(refusal), file=sys.stderr, flush=True)
        except Stopped:
            code = 130 if chosen.smoke else 0
        finally:
            connections.close_all()
            supervisor.report("Stopping ...")
            supervisor.stop()
            if prepared.temporary and code == 0:
                shutil.rmtree(prepared.folder.path, ignore_errors=True)
            supervisor.report("Stopped; the data is kept." if not prepared.temporary else "Stopped.")
        sys.exit(code)


def _run(supervisor: Supervisor, prepared: preparation.Prepared, options: Namespace) -> int:
    """Start, print where to look, then tell what is awaited until everything has been seen once."""
    url = _url(prepared)
    choice = launch.start_everything(supervisor, prepared, options)
    if not launch.wait_for_page(supervisor, url, patience=60, report=supervisor.report):
        supervisor.report(f"The web server does not answer yet; its log is in {prepared.folder.logs}.")
    supervisor.report(_where_to_look(prepared, url, choice))
    progress = Progress(until_arena(url))
    awaited: str | None = None
    pace = marketclock.Pace()

    def tick() -> bool:
        nonlocal awaited
        marketclock.write_note(folder=prepared.folder.path, source=choice.name)
        if pace.follow():
            supervisor.report("The market clock has caught up with real time.")
        if not progress.missing():
            return True
        _try_again(options, progress, prepared)
        for milestone in progress.look():
            supervisor.report(f"  seen: {milestone.words} ({progress.seconds[milestone.key]:.0f} s)")
        missing = ", ".join(milestone.words for milestone in progress.missing())
        if missing != awaited:
            awaited = missing
            supervisor.report(f"Waiting for: {missing}" if missing else f"Everything runs. Watch {url}")
        return True

    supervisor.run(tick=tick)
    return 0


def _try_again(options: Namespace, progress: Progress, prepared: preparation.Prepared) -> None:
    """Until the first pass, now and then send those demonstration clones to audition again that failed."""
    if options.no_demonstration or "passed" in progress.seconds:
        return
    if int(time.monotonic()) % RETRY_SECONDS == 0:
        with contextlib.suppress(DatabaseError):  # a busy database: the next look tries again
            demonstration.seed(now=clock.now(), folder=prepared.folder.path)


def _smoke(supervisor: Supervisor, prepared: preparation.Prepared, options: Namespace) -> int:
    """Start, wait for the proof, print one JSON line; 0 where every step was reached in time."""
    began = time.monotonic()
    url = _url(prepared)
    progress = Progress(until_trading(url), started=began)
    failure = ""
    try:
        choice = launch.start_everything(supervisor, prepared, options)
        progress.seconds["started"] = round(time.monotonic() - began, 2)

        def tick() -> bool:
            progress.look()
            return bool(progress.missing()) and time.monotonic() - began < options.smoke_timeout

        supervisor.run(tick=tick, every=0.5)
        source = choice.name
    except CannotStart as refusal:
        failure, source = str(refusal), ""
    missing = [milestone.key for milestone in progress.missing()]
    restarts = {child.name: child.restarts for child in supervisor.children if child.restarts}
    answer: dict[str, Any] = {
        "ok": not missing and not failure,
        "source": source,
        "seconds": {**progress.seconds, "total": round(time.monotonic() - began, 2)},
        "restarts": restarts,
    }
    if missing or failure:
        answer["failedStep"] = missing[0] if "started" in progress.seconds else "start"
        answer["detail"] = failure or f"not seen within {options.smoke_timeout} s"
        answer["logs"] = str(prepared.folder.logs)
    print(json.dumps(answer, separators=(",", ":")), flush=True)
    return 0 if answer["ok"] else 1


def _where_to_look(prepared: preparation.Prepared, url: str, choice: SourceChoice) -> str:
    login = demonstration.operator_login(prepared.folder.path)
    lines = [
        "",
        f"  The Arena         {url}",
        f"  Operator console  {url}admin/" + (f"   ({login})" if login else ""),
        f"  API               {url}api/v1/docs/",
        f"  Prices            {choice.label}",
        f"  Data, logs        {prepared.folder.path}",
        "  Stop with Ctrl-C.",
        "",
    ]
    return "\n".join(lines)


def _url(prepared: preparation.Prepared) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(prepared.host, prepared.host)
    return f"http://{host if ':' not in host or host.startswith('[') else f'[{host}]'}:{prepared.port}/"


def _say(line: str, *, quiet: bool) -> None:
    print(line, file=sys.stderr if quiet else sys.stdout, flush=True)
