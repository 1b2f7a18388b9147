"""The steps between an empty data folder and a running arena, in order, for the supervisor's process."""

import time
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management import call_command

from apps.core.errors import DomainError
from apps.market.services import ingest, sources
from apps.market.types import SourceChoice
from apps.operations import clock
from apps.operations.services import beat
from pumpparty import demonstration
from pumpparty.runtime import frontend, marketclock, plan, practice
from pumpparty.runtime.children import Child
from pumpparty.runtime.local_chain import running
from pumpparty.runtime.preparation import Prepared
from pumpparty.runtime.progress import is_served
from pumpparty.runtime.refusal import CannotStart
from pumpparty.runtime.supervisor import Supervisor

HISTORY = timedelta(hours=12)
BROKER_PATIENCE = 15.0


def start_everything(supervisor: Supervisor, prepared: Prepared, options: Namespace) -> SourceChoice:
    """Bring the database up to date, choose the prices, set the clock, seed, and start every programme.

    Raises CannotStart with one line where a step is impossible as asked.
    """
    installing = running.Installing(is_wanted=prepared.chain is not None)
    broker = plan.broker(prepared)
    if broker is not None:
        supervisor.start(broker)
    supervisor.report("Preparing the database and the pages ...")
    call_command("migrate", verbosity=0, interactive=False)
    frontend.prepare(supervisor.report)
    call_command("collectstatic", verbosity=0, interactive=False)
    choice = choose_source(options)
    supervisor.report(f"Prices: {choice.label} ({choice.reason})")
    market_at = marketclock.start_clock(choice=choice, speed=options.speed, folder=prepared.folder.path)
    supervisor.report(f"Market clock: from {market_at:%Y-%m-%d %H:%M} UTC, {clock.speed():g} times real time")
    supervisor.report("Waiting for: price history ...")
    load_prices(market_at, report=supervisor.report)
    if not options.no_demonstration:
        report = demonstration.seed(now=clock.now(), folder=prepared.folder.path)
        supervisor.report(report.sentence())
    if told := practice.line(prepared.practice_port):
        supervisor.report(told)
    if told := running.start(supervisor, prepared.chain, installing, logs=prepared.folder.logs):
        supervisor.report(told)
    beat.sync_schedule()
    if broker is not None:
        _wait_for_broker(broker, prepared)
    for child in plan.programmes(prepared):
        supervisor.start(child)
    return choice


def choose_source(options: Namespace) -> SourceChoice:
    """The source of prices as asked, or the best there is; raises CannotStart with market's own sentence."""
    try:
        return sources.select(
            wanted=options.source or settings.MARKET_SOURCE or None,
            recording=options.recording,
            seed=options.seed,
            now=clock.real_now(),
        )
    except DomainError as error:
        raise CannotStart(str(error)) from None


def load_prices(market_at: datetime, *, report: Callable[[str], None]) -> None:
    """Fill the memory up to now; what the source does not give is said in one line and left to ingestion."""
    history = ingest.backfill(start=market_at - HISTORY, end=market_at)
    latest = ingest.ingest_all(now=clock.now(), real_now=clock.real_now())
    failures = [*history.errors, *latest.errors]
    if failures:
        first = failures[0].rstrip(".")
        report(f"Prices are incomplete ({first}); the arena goes on and fetches them once the venue answers.")


def wait_for_page(
    supervisor: Supervisor, url: str, *, patience: float, report: Callable[[str], None]
) -> bool:
    """Watch the children until the page is served; False after `patience` seconds."""
    deadline = time.monotonic() + patience
    report("Waiting for: the web server ...")
    while time.monotonic() < deadline:
        supervisor.look()
        if is_served(url):
            return True
        time.sleep(0.2)
    return False


def _wait_for_broker(broker: Child, prepared: Prepared) -> None:
    import redis

    deadline = time.monotonic() + BROKER_PATIENCE
    client = redis.Redis(unix_socket_path=str(prepared.broker_socket))
    while time.monotonic() < deadline:
        try:
            client.ping()
        except redis.RedisError:
            if not broker.is_running():
                break
            time.sleep(0.05)
        else:
            client.close()
            return
    raise CannotStart(f"The embedded broker did not start; its log is {broker.log_path}.")
