"""The features of one decision context, from the store and from shared windows, beside pandas: one JSON line."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
ASSETS, WINDOW, LENGTH_MS = 10, 200, 300_000
START = datetime(2024, 1, 1, tzinfo=UTC)
LENGTH = timedelta(milliseconds=LENGTH_MS)
SYMBOLS = [f"ASSET{place}" for place in range(ASSETS)]
Row = tuple[int, int, int]
Six = tuple[float, ...]
"""RSI 14 (points), SMA 20, EMA 20, upper Bollinger band, MACD, its signal, ATR 14 (micro-dollars)."""


def main() -> int:
    """Start over inside a scratch database, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candles", type=int, default=10_000, help="stored candles of each of ten assets")
    parser.add_argument("--rounds", type=int, default=15, help="how often every variant takes its turn")
    options = parser.parse_args()
    if os.environ.get(INSIDE) == "1":
        sys.stdout.write(json.dumps(measure(options.candles, options.rounds)) + "\n")
        return 0
    with scratch_environment() as variables:
        command = [sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(command, env={**variables, INSIDE: "1"}, check=False).returncode


def measure(candles: int, rounds: int) -> dict[str, Any]:
    """Time every variant in turn over a small store, then over the whole one; ratios are of the whole one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    small = max(WINDOW, candles // 10)
    store(0, small)
    before = take_turns(variants(START + small * LENGTH), rounds)
    store(small, candles)
    after = take_turns(variants(START + candles * LENGTH), rounds)
    slowest = after["ormPandas"]
    return {
        "benchmark": "context_window",
        "database": connection.vendor,
        "assets": ASSETS,
        "window": WINDOW,
        "storedCandles": candles * ASSETS,
        "milliseconds": {name: round(seconds * 1e3, 4) for name, seconds in after.items()},
        "fasterThanOrmPandas": {name: round(slowest / seconds, 1) for name, seconds in after.items()},
        "growthExponent": {
            name: round(math.log(seconds / before[name]) / math.log(candles / small), 3)
            for name, seconds in after.items()
        },
        "tenThousandWarmSeconds": round(after["oursWarm"] * 10_000, 3),
    }


def store(first: int, last: int) -> None:
    """Add candles of random walks, from one number of each asset to another."""
    from django.db import connection

    from apps.market.models import Asset, Candle

    for place, symbol in enumerate(SYMBOLS):
        asset, _ = Asset.objects.get_or_create(
            symbol=symbol,
            defaults={"size_decimals": 2, "max_leverage": 20, "source": "synthetic", "created_at": START},
        )
        random, price, rows = Random(place * 1_000_000 + first), 100_000_000, []
        for number in range(first, last):
            opened, price = price, max(1_000_000, int(price * (1 + random.gauss(0, 8e-4))))
            high, low = max(opened, price) + 1_000, min(opened, price) - 1_000
            at = START + number * LENGTH
            rows.append(
                Candle(
                    asset=asset,
                    interval_ms=LENGTH_MS,
                    open_at=at,
                    open_micros=opened,
                    high_micros=high,
                    low_micros=low,
                    close_micros=price,
                    volume_micros=1_000_000_000,
                    source="synthetic",
                    knowable_at=at + LENGTH,
                )
            )
        Candle.objects.bulk_create(rows, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def take_turns(work: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median seconds of each variant; fast ones are repeated within their turn."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(rounds + 2):
        for name, run in work.items():
            repeats = 200 if name == "oursWarm" else 20 if name.startswith("resident") else 1
            began = time.perf_counter()
            for _ in range(repeats):
                run()
            if turn > 1:
                taken[name].append((time.perf_counter() - began) / repeats)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def variants(at: datetime) -> dict[str, Callable[[], Any]]:
    """What takes turns; all give the same six indicators, ours give three volatilities more."""
    from apps.market.queries import MarketBoard, windows

    board = MarketBoard(at)
    resident, weights = columns(at), fixed_weights()

    def cold() -> Any:
        windows.forget()
        return MarketBoard(at).features(SYMBOLS, interval_ms=LENGTH_MS)

    work: dict[str, Callable[[], Any]] = {
        "ormPandas": lambda: [six_by_pandas(rows) for rows in read_objects(at)],
        "valuesListPandas": lambda: [six_by_pandas(rows) for rows in read_values(at)],
        "rawPython": lambda: [six_by_python(rows) for rows in read_raw(at)],
        "oursCold": cold,
        "oursWarmNewBoard": lambda: MarketBoard(at).features(SYMBOLS, interval_ms=LENGTH_MS),
        "oursWarm": lambda: board.features(SYMBOLS, interval_ms=LENGTH_MS),
        "residentNumpy": lambda: six_by_numpy(resident, weights),
    }
    check(work)
    return work


def check(work: dict[str, Callable[[], Any]]) -> None:
    """Stop unless every variant gives what pandas gives, to a millionth of the price."""
    expected = [value for six in work["ormPandas"]() for value in six]
    for name, run in work.items():
        found = run()
        sixes = [six_of_features(found[symbol]) for symbol in SYMBOLS] if isinstance(found, dict) else found
        values = [value for six in sixes for value in six]
        for ours, theirs in zip(values, expected, strict=True):
            if not math.isclose(ours, theirs, rel_tol=1e-6, abs_tol=1.0):
                raise SystemExit(f"{name} gives {ours} where pandas gives {theirs}")


def six_of_features(found: Any) -> Six:
    """The six indicators among our features, in the units of the others."""
    by, moves = found.indicators, found.volatility
    return (
        by.rsi_14_e6 / 1e6,
        by.sma_20_micros,
        by.ema_20_micros,
        by.bollinger_upper_micros,
        by.macd_nanos / 1e3,
        by.macd_signal_nanos / 1e3,
        moves.atr_14_nanos / 1e3,
    )


def newest(at: datetime) -> Iterator[Any]:
    """The query of each asset's window, as one would write it with the ORM."""
    from apps.market.models import Asset, Candle

    for key in Asset.objects.filter(symbol__in=SYMBOLS).order_by("pk").values_list("pk", flat=True):
        known = Candle.objects.filter(asset_id=key, interval_ms=LENGTH_MS, knowable_at__lte=at)
        yield known.filter(open_at__lte=at - LENGTH).order_by("-open_at")[:WINDOW]


def read_objects(at: datetime) -> Iterator[list[Row]]:
    """Windows by model instances."""
    for candles in newest(at):
        yield [(row.high_micros, row.low_micros, row.close_micros) for row in reversed(candles)]


def read_values(at: datetime) -> Iterator[list[Row]]:
    """Windows by tuples of every column that a context needs."""
    names = (
        "open_at",
        "open_micros",
        "high_micros",
        "low_micros",
        "close_micros",
        "volume_micros",
        "knowable_at",
    )
    for candles in newest(at):
        yield [(row[2], row[3], row[4]) for row in reversed(candles.values_list(*names))]


def read_raw(at: datetime) -> Iterator[list[Row]]:
    """Windows by the driver's own rows, one statement an asset."""
    from django.db import connection

    for candles in newest(at):
        sql, values = candles.values_list("high_micros", "low_micros", "close_micros").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            yield cursor.fetchall()[::-1]


def columns(at: datetime) -> Any:
    """The windows as one resident array: asset x (high, low, close) x candle."""
    import numpy

    return numpy.array(list(read_raw(at)), dtype=numpy.float64).transpose(0, 2, 1)


def six_by_pandas(rows: Sequence[Row]) -> Six:
    """Six indicators by pandas; the averages are seeded by a mean, as ours are."""
    import pandas

    frame = pandas.DataFrame(rows, columns=["high", "low", "close"], dtype="float64")
    close, change = frame["close"], frame["close"].diff().iloc[1:]

    def smooth(series: Any, period: int, alpha: float) -> Any:
        seeded = pandas.concat([pandas.Series([series.iloc[:period].mean()]), series.iloc[period:]])
        return seeded.ewm(alpha=alpha, adjust=False).mean().reset_index(drop=True)

    rise = smooth(change.clip(lower=0), 14, 1 / 14).iloc[-1]
    fall = smooth(-change.clip(upper=0), 14, 1 / 14).iloc[-1]
    before = close.shift()
    spans = [frame["high"] - frame["low"], (frame["high"] - before).abs(), (frame["low"] - before).abs()]
    ranges = pandas.concat(spans, axis=1).max(axis=1).iloc[1:]
    mean, deviation = close.rolling(20).mean().iloc[-1], close.rolling(20).std(ddof=0).iloc[-1]
    slow = smooth(close, 26, 2 / 27)
    line = smooth(close, 12, 2 / 13).iloc[-len(slow) :].reset_index(drop=True) - slow
    signal = smooth(line, 9, 2 / 10).iloc[-1]
    ema, atr = smooth(close, 20, 2 / 21).iloc[-1], smooth(ranges, 14, 1 / 14).iloc[-1]
    return 100 * rise / (rise + fall), mean, ema, mean + 2 * deviation, line.iloc[-1], signal, atr


def six_by_python(rows: Sequence[Row]) -> Six:
    """Six indicators by the project's own functions over plain rows."""
    from apps.market.features.indicators import indicators
    from apps.market.features.volatility import atr

    highs, lows, closes = zip(*rows, strict=True)
    by = indicators(closes)
    macd, signal = (by.macd_nanos or 0) / 1e3, (by.macd_signal_nanos or 0) / 1e3
    range_ = (atr(highs, lows, closes) or 0) / 1e3
    levels = (by.sma_20_micros or 0, by.ema_20_micros or 0, by.bollinger_upper_micros or 0)
    return (by.rsi_14_e6 or 0) / 1e6, *levels, macd, signal, range_


def fixed_weights() -> Any:
    """What each close weighs in SMA, EMA, MACD and signal, and each change or range in Wilder's mean: all are linear."""
    import numpy

    def smooth(values: Any, period: int, alpha: float) -> Any:
        rows = [values[:period].mean(0)]
        for value in values[period:]:
            rows.append(rows[-1] + (value - rows[-1]) * alpha)
        return numpy.stack(rows)

    each = numpy.eye(WINDOW)
    slow = smooth(each, 26, 2 / 27)
    line = smooth(each, 12, 2 / 13)[-len(slow) :] - slow
    averages = [each[-20:].mean(0), smooth(each, 20, 2 / 21)[-1], line[-1], smooth(line, 9, 0.2)[-1]]
    return numpy.stack(averages, axis=1), smooth(numpy.eye(WINDOW - 1), 14, 1 / 14)[-1]


def six_by_numpy(resident: Any, weights: Any) -> list[Six]:
    """Six indicators of all assets at once, each average as one product with weights made beforehand."""
    import numpy

    high, low, close = resident[:, 0], resident[:, 1], resident[:, 2]
    by_close, by_change = weights
    change, before = numpy.diff(close, axis=1), close[:, :-1]
    rise, fall = change.clip(min=0) @ by_change, -change.clip(max=0) @ by_change
    atr = (numpy.maximum(high[:, 1:], before) - numpy.minimum(low[:, 1:], before)) @ by_change
    mean, ema, line, signal = (close @ by_close).T
    upper = mean + 2 * close[:, -20:].std(1)
    return list(zip(100 * rise / (rise + fall), mean, ema, upper, line, signal, atr, strict=True))


if __name__ == "__main__":
    sys.exit(main())
