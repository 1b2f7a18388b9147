"""Writing candles the way ingestion does, beside the ORM's bulk_create and the plain insert that is the limit."""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain
from math import log
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
ASSETS = 10
START_MS = 1_700_000_400_000
MINUTE_MS = 60_000
ORM_PIECE = 5_000
PREPARED_ROWS = 100
ORM_ROWS = 100_000
"""The ORM is measured on so many rows at most: it is linear, and slow."""


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="the larger of the two sizes")
    parser.add_argument("--rounds", type=int, default=3, help="both sides take turns so often")
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def make_rows(count: int, keys: Sequence[int], *, volume: int = 1_000) -> list[Any]:
    """Random walks of ten assets as ready rows, asset after asset; the same arguments give the same rows."""
    from apps.market.types.blocks import CandleRow

    rows = []
    for place, key in enumerate(keys):
        random, price = Random(place), 100_000_000
        for minute in range(count // len(keys)):
            opened, price = price, max(1_000_000, price + random.randint(-50_000, 50_000))
            at = START_MS + minute * MINUTE_MS
            high, low = max(opened, price) + 1_000, min(opened, price) - 1_000
            known = (at + MINUTE_MS) * 1000
            rows.append(CandleRow(key, MINUTE_MS, at, opened, high, low, price, volume, "synthetic", known))
    return rows


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Both sizes, with the growth from one to the other."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    keys = register_assets()
    sizes = (options.rows // 4, options.rows)
    results = [measure_size(size, keys, options.rounds) for size in sizes]
    small, large = (result["secondsOurs"] for result in results)
    return {
        "benchmark": "candle_ingest",
        "database": connection.vendor,
        "growthExponent": round(log(large / small) / log(sizes[1] / sizes[0]), 3),
        "sizes": results,
    }


def register_assets() -> list[int]:
    """Ten assets to hang candles on."""
    from apps.core.moments import from_ms
    from apps.market.models import Asset

    made = from_ms(START_MS)
    return [
        Asset.objects.create(
            symbol=f"COIN{place}", size_decimals=3, max_leverage=10, source="synthetic", created_at=made
        ).pk
        for place in range(ASSETS)
    ]


def measure_size(size: int, keys: list[int], rounds: int) -> dict[str, Any]:
    """Every side once a round, in turn: rows a second in the least disturbed of its rounds, and ratios."""
    from apps.core.moments import from_ms
    from apps.market.services import candles

    rows = make_rows(size, keys)
    again = make_rows(size // 5, keys)
    changed = make_rows(size // 5, keys, volume=2_000)
    few = make_rows(min(size, ORM_ROWS), keys)
    words, numbers = [in_words(row) for row in rows], [tuple(row[:8]) for row in rows]
    now = from_ms(rows[-1].open_ms + 10 * MINUTE_MS)
    later = from_ms(rows[-1].open_ms + 20 * MINUTE_MS)
    sides: dict[str, tuple[int, Callable[[], object]]] = {
        "orm": (len(few), lambda: orm_upsert(few)),
        "limit": (len(rows), lambda: plain_insert(words)),
        "bareLimit": (len(rows), lambda: bare_insert(numbers)),
        "ours": (len(rows), lambda: candles.write(rows, now=now)),
        "oursUnchanged": (len(again), lambda: candles.write(again, now=now)),
        "oursChanged": (len(changed), lambda: candles.write(changed, now=later)),
    }
    speeds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (count, act) in sides.items():
            if name in ("orm", "limit", "ours"):
                empty()
            spent, busy = seconds(act)
            speeds[name].append((count / spent, count / busy))
    speed = {name: max(wall for wall, _ in found) for name, found in speeds.items()}
    by_processor = {name: max(processor for _, processor in found) for name, found in speeds.items()}
    return {
        "rows": size,
        "secondsOurs": round(size / speed["ours"], 3),
        "rowsPerSecond": {name: round(found) for name, found in speed.items()},
        "ratios": ratios(speed),
        "ratiosByProcessorTime": ratios(by_processor),
    }


def ratios(speed: dict[str, float]) -> dict[str, float]:
    """Ours by each yardstick; the repeats of a fifth of the rows by the ORM."""
    return {
        "timesOrm": round(speed["ours"] / speed["orm"], 2),
        "ofPlainInsert": round(speed["ours"] / speed["limit"], 2),
        "ofBareInsert": round(speed["ours"] / speed["bareLimit"], 2),
        "unchangedTimesOrm": round(speed["oursUnchanged"] / speed["orm"], 2),
        "changedTimesOrm": round(speed["oursChanged"] / speed["orm"], 2),
    }


def seconds(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds and processor seconds of one act, without a pause for garbage."""
    gc.collect()
    gc.disable()
    began, busy = time.perf_counter(), time.process_time()
    act()
    spent = time.perf_counter() - began, time.process_time() - busy
    gc.enable()
    return spent


def empty() -> None:
    """No candle and no revision is left, and SQLite's log is short again."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("market_candle", "market_candlerevision"):
            cursor.execute(
                f"DELETE FROM {table}" if connection.vendor == "sqlite" else f"TRUNCATE {table} CASCADE"
            )
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def orm_upsert(rows: Sequence[Any]) -> None:
    """`bulk_create(update_conflicts=True)` in pieces, as an ORM would do the same."""
    from django.db import transaction

    from apps.market.models import Candle

    names = ("open_micros", "high_micros", "low_micros", "close_micros", "volume_micros")
    with transaction.atomic():
        for first in range(0, len(rows), ORM_PIECE):
            Candle.objects.bulk_create(
                [
                    Candle(
                        asset_id=row.asset_id,
                        interval_ms=row.interval_ms,
                        open_at=row.open_at,
                        source=row.source,
                        knowable_at=row.knowable_at,
                        **{name: getattr(row, name) for name in names},
                    )
                    for row in rows[first : first + ORM_PIECE]
                ],
                update_conflicts=True,
                unique_fields=["asset", "interval_ms", "open_at"],
                update_fields=list(names),
            )


def in_words(row: Any) -> tuple[Any, ...]:
    """A row as the driver takes it, its two times in words."""
    opened, known = (str(at.replace(tzinfo=None)) for at in (row.open_at, row.knowable_at))
    return (*row[:2], opened, *row[3:9], known)


def plain_insert(ready: Sequence[tuple[Any, ...]]) -> None:
    """The limit: the same table, rows ready for the driver, nothing asked about conflicts."""
    names = (
        "asset_id, interval_ms, open_at, open_micros, high_micros, low_micros, close_micros, volume_micros"
    )
    write_plain("market_candle", f"{names}, source, knowable_at", ready)


def bare_insert(ready: Sequence[tuple[Any, ...]]) -> None:
    """The limit of the machine: bare integers in a table clustered by its key, without text and checks."""
    from django.db import connection

    names = [f"c{place}" for place in range(8)]
    columns = ", ".join(f"{name} BIGINT" for name in names)
    tail = " WITHOUT ROWID" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare_candle")
        cursor.execute(f"CREATE TABLE bare_candle ({columns}, PRIMARY KEY (c0, c1, c2)){tail}")
    write_plain("bare_candle", ", ".join(names), ready)


def write_plain(table: str, names: str, ready: Sequence[tuple[Any, ...]]) -> None:
    """Prepared statements of many rows on SQLite, one COPY on PostgreSQL."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for first in range(0, len(ready), ORM_PIECE):
                    part = ready[first : first + ORM_PIECE]
                    copy.write("".join("\t".join(map(str, row)) + "\n" for row in part))
        else:
            marks = f"({', '.join('?' * len(ready[0]))})"
            for first in range(0, len(ready), PREPARED_ROWS):
                part = ready[first : first + PREPARED_ROWS]
                sql = f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(part))}"
                connection.connection.execute(sql, list(chain.from_iterable(part)))


if __name__ == "__main__":
    raise SystemExit(main())
