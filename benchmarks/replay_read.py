"""A year of minutes out of market memory for a replay, by every way to read it, beside a memory-mapped file."""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from math import log
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from candle_ingest import START_MS, make_rows, register_assets  # noqa: E402 - a script finds the project first

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
MINUTE_MS = 60_000
DAY_MS = 86_400_000
OTHERS = 2
"""Assets whose candles lie around those that are read."""
SLOW_ROUNDS = 1


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="the larger of the two sizes")
    parser.add_argument("--rounds", type=int, default=9, help="the quick sides take turns so often")
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Fill the memory, then read a quarter of it and the whole."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    fill(options.days)
    sizes = [max(1, options.days // 4), options.days]
    with tempfile.TemporaryDirectory() as folder:
        results = [measure_span(days, options.rounds, Path(folder)) for days in sizes]
    small, large = (result["milliseconds"]["ours"] for result in results)
    return {
        "benchmark": "replay_read",
        "database": connection.vendor,
        "growthExponent": round(log(large / small) / log(sizes[1] / sizes[0]), 3),
        "sizes": results,
    }


def fill(days: int) -> None:
    """The minutes of some assets as rows and as blocks, both kept, so that every side reads what it is made for."""
    from apps.core.moments import from_ms
    from apps.market.services import blocks, candles

    keys = register_assets()[: OTHERS + 1]
    begin = START_MS // DAY_MS * DAY_MS
    rows = [
        row._replace(open_ms=row.open_ms - START_MS + begin)
        for row in make_rows(days * 1440 * len(keys), keys)
    ]
    now = from_ms(begin) + timedelta(days=days + 1)
    for first in range(0, len(rows), 200_000):
        candles.write(rows[first : first + 200_000], now=now)
    blocks.roll_up(now=now, limit=len(keys) * days)


def measure_span(days: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Every way of reading one asset's last `days`, in turn: the least disturbed of its rounds, and ratios."""
    import numpy as np

    from apps.core.moments import from_ms
    from apps.market.models import Asset, CandleBlock
    from apps.market.queries.columns import read_columns

    last = CandleBlock.objects.latest("day_date").day_date
    end = from_ms(((last - from_ms(0).date()).days + 1) * DAY_MS)
    start = end - timedelta(days=days)
    symbol = Asset.objects.order_by("pk")[1].symbol

    def ours() -> Any:
        return read_columns(symbol, interval_ms=MINUTE_MS, start=start, end=end, at=end)

    columns = ours()
    whole = np.stack([getattr(columns, name) for name in columns.__slots__])
    file = folder / f"{days}.npy"
    np.save(file, whole)
    sides: dict[str, tuple[int, Callable[[], Any]]] = {
        "memoryMap": (rounds, lambda: np.array(np.load(file, mmap_mode="r"))),
        "ours": (rounds, ours),
        "driverRows": (SLOW_ROUNDS, lambda: driver_rows(symbol, start, end)),
        "valuesList": (SLOW_ROUNDS, lambda: values_list(symbol, start, end)),
        "ormObjects": (SLOW_ROUNDS, lambda: orm_objects(symbol, start, end)),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for turn in range(rounds):
        for name, (wanted, act) in sides.items():
            if turn < wanted:
                clocked_times, found = clocked(act)
                times[name].append(clocked_times)
                assert np.array_equal(as_prices(found), whole[1:6]), name
    spent = {name: min(wall for wall, _ in found) for name, found in times.items()}
    busy = {name: min(processor for _, processor in found) for name, found in times.items()}
    return {
        "bars": days * 1440,
        "milliseconds": {name: round(value * 1000, 2) for name, value in spent.items()},
        "processorMilliseconds": {name: round(value * 1000, 2) for name, value in busy.items()},
        "timesOrm": round(spent["ormObjects"] / spent["ours"], 1),
        "timesValuesList": round(spent["valuesList"] / spent["ours"], 1),
        "timesDriverRows": round(spent["driverRows"] / spent["ours"], 1),
        "slowerThanMemoryMap": round(spent["ours"] / spent["memoryMap"], 2),
        "slowerByProcessorTime": round(busy["ours"] / busy["memoryMap"], 2),
    }


def clocked(act: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Seconds and processor seconds of one act, without a pause for garbage, and what it gave."""
    gc.collect()
    gc.disable()
    began, busy = time.perf_counter(), time.thread_time()
    found = act()
    spent = time.perf_counter() - began, time.thread_time() - busy
    gc.enable()
    return spent, found


def as_prices(found: Any) -> Any:
    """Prices and volume of what a side gave, as five rows."""
    import numpy as np

    if hasattr(found, "knowable_ms"):
        return np.stack([found.open, found.high, found.low, found.close, found.volume])
    return found if len(found) == len(NAMES) else found[1:6]


NAMES = ("open_micros", "high_micros", "low_micros", "close_micros", "volume_micros")


def chosen(symbol: str, start: Any, end: Any) -> Any:
    """The stored minutes of the span as a query."""
    from apps.market.models import Candle

    rows = Candle.objects.filter(asset__symbol=symbol, interval_ms=MINUTE_MS, open_at__gte=start)
    return rows.filter(open_at__lt=end, knowable_at__lte=end).order_by("open_at")


def orm_objects(symbol: str, start: Any, end: Any) -> Any:
    """One model instance a candle."""
    import numpy as np

    rows = [[getattr(row, name) for name in NAMES] for row in chosen(symbol, start, end)]
    return np.array(rows, dtype=np.int64).T


def values_list(symbol: str, start: Any, end: Any) -> Any:
    """One tuple a candle, by the ORM."""
    import numpy as np

    return np.array(list(chosen(symbol, start, end).values_list(*NAMES)), dtype=np.int64).T


def driver_rows(symbol: str, start: Any, end: Any) -> Any:
    """One tuple a candle, straight from the driver."""
    import numpy as np
    from django.db import connection

    text, values = chosen(symbol, start, end).values_list(*NAMES).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return np.array(cursor.fetchall(), dtype=np.int64).T


if __name__ == "__main__":
    raise SystemExit(main())
