"""A separate process of the arena for the kill tests: `seed`, `work` (may be killed) or `restart`.

Market time stands still at the world's moment, so that two histories can be compared byte for byte; after a
restart the wall clock is ten minutes later, as it is when a lease has run out.
"""

import json
import os
import sys
from datetime import datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")

import django

django.setup()

from django.apps import apps as registry
from django.core.management import call_command

from apps.operations import clock, queue
from apps.operations.cadence import run_once
from apps.operations.invariants import registered
from apps.trading import queries
from tests.trading import world

WORK = ("trading.decide-due-accounts", "trading.execute-pending-actions", "trading.mark-to-market")
REPAIR = ("operations.relay-outbox", "decisions.sweep-stuck-runs")


def market_now() -> datetime:
    """The one moment of this world."""
    return world.NOW


def seed() -> None:
    """Tables, prices, a clone and its account."""
    call_command("migrate", verbosity=0)
    world.put_candles()
    world.put_quote(dollars=160)
    world.make_account()


def work() -> None:
    """One round from a due decision to the mark."""
    decide, *rest = WORK
    run_once(decide, force=True)
    queue.drain()
    for name in rest:
        run_once(name, force=True)


def restart() -> None:
    """What a fresh start does, twice: repair, then work."""
    later = clock.real_now() + timedelta(minutes=10)
    clock.real_now = lambda: later
    for _ in range(2):
        for name in REPAIR:
            run_once(name, force=True)
        work()


def report() -> None:
    """What is in the database now, as one line of JSON."""
    runs = registry.get_model("decisions.DecisionRun").objects
    rows = registry.get_model("operations.OutboxRow").objects
    found = {
        "broken": {check.key: wrong for check in registered() if (wrong := check.check())},
        "runs": sorted(runs.values_list("status", flat=True)),
        "queued": sorted(rows.values_list("status", flat=True)),
        "verdicts": queries.count_verdicts(),
        "orders": queries.count_orders(),
        "fills": queries.count_fills(),
        "snapshots": registry.get_model("trading.AccountSnapshot").objects.count(),
        "ledger": queries.ledger_hash(),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    clock.now = market_now
    {"seed": seed, "work": work, "restart": restart}[sys.argv[1]]()
    report()
