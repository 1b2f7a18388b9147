"""Decisions a second, end to end, beside the floor of the same database driver: one JSON line."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
COINS = ("AVAX", "BTC", "DOGE", "ETH", "HYPE", "LINK", "SOL", "XRP")
BAR_MS = 900_000
START_MS = 1_700_000_100_000 // BAR_MS * BAR_MS
ROW_TEXT = "x" * 600


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recording", help="folder of candle files (default: a made-up market)")
    parser.add_argument("--bars", type=int, default=400, help="moments to run")
    parser.add_argument("--coins", type=int, default=4, choices=range(1, len(COINS) + 1))
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def make_market(folder: Path, coins: int, bars: int) -> None:
    """Write random walks as candle files; the same arguments give the same bytes."""
    for place, coin in enumerate(COINS[:coins]):
        random, price = Random(place), 100_000
        lines = ["t,T,o,h,l,c,v"]
        for bar in range(bars):
            opened, price = price, max(1_000, price + random.randint(-400, 400))
            at = START_MS + bar * BAR_MS
            prices = (opened, max(opened, price), min(opened, price), price)
            lines.append(
                ",".join([str(at), str(at + BAR_MS - 1), *(f"{p / 1000:.3f}" for p in prices), "10"])
            )
        (folder / f"{coin}_15m.csv").write_text("\n".join(lines) + "\n")


class Statements:
    """Counts what goes to the database by its first word."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.rows_of_many = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Count one statement and let it through."""
        self.kinds[sql.split(None, 1)[0].lower()] += len(params) if many else 1
        self.rows_of_many += len(params) if many else 0
        return execute(sql, params, many, context)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run the market and then its floor in this process's scratch database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from pumpparty import recording

    call_command("migrate", verbosity=0, interactive=False)
    with tempfile.TemporaryDirectory() as folder:
        if options.recording is None:
            make_market(Path(folder), options.coins, options.bars)
        counted = Statements()
        cpu = time.process_time()
        with connection.execute_wrapper(counted):
            result = recording.run(
                path=options.recording or folder,
                assets=(),
                engine="rules",
                max_bars=options.bars,
                cadence_minutes=None,
            )
        cpu = time.process_time() - cpu
    inserts, updates = counted.kinds["insert"], counted.kinds["update"]
    batches = -(-result["moments"] // recording.BARS_PER_COMMIT)
    floor = bare_writes(connection, inserts=inserts, updates=updates, batches=batches)
    decisions, seconds = result["decisions"], result["seconds"]["run"]
    return {
        "benchmark": "decisions_per_second",
        "database": connection.vendor,
        "decisions": decisions,
        "orders": result["orders"],
        "seconds": seconds,
        "cpuSeconds": round(cpu, 2),
        "decisionsPerSecond": round(decisions / seconds, 1),
        "statements": {
            "perDecision": round(counted.kinds.total() / decisions, 2),
            "rowsOfMany": counted.rows_of_many,
            **{kind: counted.kinds[kind] for kind in ("select", "insert", "update")},
        },
        "floorSeconds": round(floor, 3),
        "floorDecisionsPerSecond": round(decisions / floor, 1),
        "ratio": round(floor / seconds, 4),
        "ledgerSha256": result["ledgerSha256"],
    }


def bare_writes(connection: Any, *, inserts: int, updates: int, batches: int) -> float:
    """Seconds for so many single-row INSERTs and UPDATEs by primary key through the bare driver."""
    driver = connection.connection
    mark = "?" if connection.vendor == "sqlite" else "%s"
    cursor = driver.cursor()
    cursor.execute("CREATE TABLE bare_row (id INTEGER PRIMARY KEY, amount BIGINT, body TEXT)")
    insert = f"INSERT INTO bare_row VALUES ({mark}, {mark}, {mark})"
    update = f"UPDATE bare_row SET amount = {mark}, body = {mark} WHERE id = {mark}"
    total, done, written = inserts + updates, 0, 0
    began = time.perf_counter()
    for batch in range(1, batches + 1):
        cursor.execute("BEGIN")
        while done < total * batch // batches:
            if written * total <= inserts * done:
                cursor.execute(insert, (written, done, ROW_TEXT))
                written += 1
            else:
                cursor.execute(update, (done, ROW_TEXT, done % written))
            done += 1
        cursor.execute("COMMIT")
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
