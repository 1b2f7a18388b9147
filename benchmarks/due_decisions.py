"""A thousand decisions that are due at one moment, end to end, beside the bare writes of the same rows: one JSON line."""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.decisions_per_second import BAR_MS, COINS, INSIDE, START_MS, make_market  # noqa: E402 - as above
from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - as above

BARS = 60
Rows = dict[str, dict[Any, tuple[Any, ...]]]


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=250)
    parser.add_argument("--coins", type=int, default=4, choices=range(1, len(COINS) + 1))
    parser.add_argument(
        "--moments", type=int, default=3, help="bars at which everything is due, one after the other"
    )
    parser.add_argument("--profile", action="store_true", help="print where the last moment's time went")
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Decide and execute at several moments; after each, write its rows again into a copy from before it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    if connection.vendor != "sqlite":
        raise SystemExit("The rows are written again into a copy of an SQLite file.")
    bar = timedelta(milliseconds=BAR_MS)
    start = datetime.fromisoformat("1970-01-01T00:00:00Z") + timedelta(milliseconds=START_MS)
    with tempfile.TemporaryDirectory() as folder:
        make_market(Path(folder), options.coins, BARS)
        keys = open_accounts(folder, options, start + 30 * bar)
        turns = [
            one_moment(keys, start + (31 + number) * bar, Path(folder) / f"{number}.sqlite3", options.profile)
            for number in range(options.moments)
        ]
    median = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    return {
        "benchmark": "due_decisions",
        "decisionsAMoment": median["decisions"],
        "actionsAMoment": median["actions"],
        "millisecondsADecision": {
            name: round(median[name] / median["decisions"] * 1e3, 4) for name in ("decide", "execute", "bare")
        },
        "rowsADecision": round(median["rows"] / median["decisions"], 2),
        "timesTheBareWrites": [round((turn["decide"] + turn["execute"]) / turn["bare"], 1) for turn in turns],
        "decidingTimesItsBareWrites": [round(turn["decide"] / turn["bareDecide"], 1) for turn in turns],
    }


def open_accounts(folder: str, options: argparse.Namespace, now: datetime) -> list[tuple[int, str]]:
    """Accounts of as many clones, whose one prompt asks the house's rules about every coin at each bar."""
    from apps.clones import graph
    from apps.clones import queries as clones
    from apps.clones import services as clone_services
    from apps.exchange.types import Policy
    from apps.market.services import ingest, sources
    from apps.operations.audit import Actor
    from apps.trading.services import accounts
    from apps.trading.types import Purpose
    from apps.users.services.accounts import create_user

    by, coins = Actor.system("benchmark"), list(COINS[: options.coins])
    choice = sources.select(wanted="replay", recording=folder, seed=0, now=now)
    ingest.backfill(start=choice.span_start, end=choice.span_end)
    keys = []
    document = graph.basic(assets=coins, engine="rules")
    for number in range(options.accounts):
        owner = create_user(username=f"trader-{number}", by=by, now=now)
        clone = clone_services.create_clone(owner=owner, name=f"Trader {number}", by=by, now=now)
        clone_services.grant_entitlement(
            clone=clone,
            tier="pro",
            model_strength="light",
            is_mock=False,
            source=f"benchmark:{number}",
            by=by,
            now=now,
        )
        clone_services.save_draft(clone=clone, document=document, by=by, now=now)
        version = clone_services.publish(clone=clone, by=by, now=now)
        account = accounts.open_account(
            clone=clone,
            purpose=Purpose.REPLAY,
            policy=Policy(allowed_symbols=tuple(coins), max_price_age_ms=2 * BAR_MS),
            starting_micros=100_000_000_000,
            reference=f"benchmark:{number}",
            by=by,
            now=now,
        )
        keys += [(account.pk, prompt.key) for prompt in clones.compiled(version).enabled_prompts]
    return keys


def one_moment(keys: list[tuple[int, str]], now: datetime, copy: Path, is_profiled: bool) -> dict[str, float]:
    """Seconds that deciding and executing everything took, and their rows written bare."""
    import cProfile
    import pstats

    from django.db import connection

    from apps.market.queries import MarketBoard
    from apps.trading.services import cycle, execution

    driver = sqlite3.connect(connection.settings_dict["NAME"])
    bare = sqlite3.connect(copy)
    driver.backup(bare)
    bare.close()
    before, board, profile = snapshot(driver), MarketBoard(now), cProfile.Profile()
    if is_profiled:
        profile.enable()
    began = time.process_time()
    for account, prompt in keys:
        cycle.decide_prompts(account_id=account, prompts={prompt: now}, board=board)
    decided = time.process_time()
    between = snapshot(driver)
    resumed = time.process_time()
    while execution.execute_pending(now=now, board=board).done:
        pass
    ended = time.process_time()
    if is_profiled:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(90)
    after = snapshot(driver)
    deciding, rows = changes(before, between), changes(between, after)
    first = write_bare(copy, deciding, len(keys))
    second = write_bare(copy, rows, len(keys))
    return {
        "decisions": len(between["decisions_decisionrun"]) - len(before["decisions_decisionrun"]),
        "actions": len(between["decisions_proposedaction"]) - len(before["decisions_proposedaction"]),
        "decide": decided - began,
        "execute": ended - resumed,
        "bareDecide": first,
        "bare": first + second,
        "rows": sum(len(values) for _, values in (*deciding, *rows)),
    }


def snapshot(driver: Any) -> Rows:
    """Every row of every table by its rowid, as the file has it."""
    tables = driver.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    names = [
        name for (name,) in tables if name.startswith(("decisions_", "trading_", "operations_", "market_"))
    ]
    return {
        name: {
            row[0]: row[1:] for row in driver.execute(f'SELECT rowid AS place, * FROM "{name}"').fetchall()
        }
        for name in names
    }


def changes(before: Rows, after: Rows) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Of each table the rows that are new, and then those that are no longer as they were."""
    found = []
    for name, rows in after.items():
        known = before.get(name, {})
        found.append((f"+{name}", [row for place, row in rows.items() if place not in known]))
        found.append(
            (
                f"={name}",
                [(*row, place) for place, row in rows.items() if place in known and known[place] != row],
            )
        )
    return [(name, values) for name, values in found if values]


def write_bare(copy: Path, rows: list[tuple[str, list[tuple[Any, ...]]]], batches: int) -> float:
    """Seconds of processor time for the rows, ready made, one statement each, in as many transactions as accounts.

    No foreign key is checked, because the rows come table by table.
    """
    driver = sqlite3.connect(copy, isolation_level=None)
    driver.execute("PRAGMA journal_mode = WAL")
    todo = []
    for name, values in rows:
        table = name[1:]
        columns = [column for _, column, *_ in driver.execute(f'PRAGMA table_info("{table}")')]
        if name[0] == "+":
            sql = f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(columns))})'
        else:
            moves = ", ".join(f'"{column}" = ?' for column in columns)
            sql = f'UPDATE "{table}" SET {moves} WHERE rowid = ?'
        todo += [(sql, row) for row in values]
    began = time.process_time()
    for first in range(batches):
        part = todo[len(todo) * first // batches : len(todo) * (first + 1) // batches]
        driver.execute("BEGIN")
        for sql, row in part:
            driver.execute(sql, row)
        driver.execute("COMMIT")
    spent = time.process_time() - began
    driver.close()
    return spent


if __name__ == "__main__":
    sys.exit(main())
