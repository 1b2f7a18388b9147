"""Marking all open accounts to market, beside two raw UPDATE ... FROM that keep the same figures in the rows."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pumpparty.runtime.scratch import scratch_environment  # noqa: E402 - a script finds the project first

INSIDE = "PUMPPARTY_BENCHMARK"
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ASSETS = 30
POSITIONS = 3
DOLLAR = 1_000_000
CASH = 100_000 * DOLLAR
LOTS = 10_000
CYCLE = timedelta(milliseconds=10)
"""All cycles lie within the age that a price may have, so that no side reads newer prices than the other."""
SIDES = ("two_updates", "insert_select", "ours_all_due", "ours_none_due", "ours_none_due_cold")


def main() -> int:
    """Start over inside a scratch database for each size, or measure where that has happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", default="1000,10000,100000", help="sizes, ascending")
    parser.add_argument("--rounds", type=int, default=3, help="the sides take turns so often")
    options = parser.parse_args()
    if os.environ.get(INSIDE):
        sys.stdout.write(json.dumps(measure(int(os.environ[INSIDE]), options.rounds)) + "\n")
        return 0
    found = []
    for size in options.accounts.split(","):
        with scratch_environment() as variables:
            command = [sys.executable, __file__, "--rounds", str(options.rounds)]
            done = subprocess.run(
                command, env={**variables, INSIDE: size}, check=False, stdout=subprocess.PIPE, text=True
            )
        if done.returncode:
            return done.returncode
        found.append(json.loads(done.stdout.splitlines()[-1]))
    sys.stdout.write(json.dumps(summary(found)) + "\n")
    return 0


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The sizes with the growth of each side over the whole range: 1 is linear."""
    first, last = found[0], found[-1]
    growth = {}
    if first is not last:
        span = log(last["accounts"] / first["accounts"])
        growth = {
            side: round(log(last["milliseconds"][side] / first["milliseconds"][side]) / span, 2)
            for side in SIDES
        }
    return {"benchmark": "mark_to_market", "growthExponent": growth, "sizes": found}


def measure(size: int, rounds: int) -> dict[str, Any]:
    """Every side once a round, in turn; the least disturbed of its rounds counts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    fill(size)
    sides = dict(zip(SIDES, (two_updates, insert_select, *ours(size)), strict=True))
    ours_warm = sides["ours_all_due"]
    ours_warm()  # imports, compiles and reads what is held
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, act in sides.items():
            began = time.perf_counter()
            act()
            taken = (time.perf_counter() - began) * 1000
            best[name] = min(best.get(name, taken), taken)
    reference = best["two_updates"]
    return {
        "accounts": size,
        "database": connection.vendor,
        "milliseconds": {name: round(value, 1) for name, value in best.items()},
        "byTwoUpdates": {name: round(value / reference, 3) for name, value in best.items()},
        "sixCyclesByTwoUpdates": round((best["ours_all_due"] + 5 * best["ours_none_due"]) / 6 / reference, 3),
        "byInsertSelect": round(best["ours_all_due"] / best["insert_select"], 1),
        "valuation": valuation(),
    }


def fill(size: int) -> None:
    """Accounts with three positions each, and a price of every asset; bulk-loaded."""
    from django.contrib.auth import get_user_model
    from django.db import connection, transaction

    from apps.clones.models import Clone
    from apps.exchange.types import Policy
    from apps.market.models import Asset, Quote
    from apps.trading.models import PropAccount

    owner = get_user_model().objects.create(username="owner")
    clone = Clone.objects.create(owner=owner, name="Ada", created_at=START)
    policy = Policy(max_price_age_ms=3_600_000, max_drawdown_bps=9_000).to_document()
    assets = [
        Asset.objects.create(
            symbol=f"COIN{place}", size_decimals=4, max_leverage=20, source="synthetic", created_at=START
        )
        for place in range(ASSETS)
    ]
    for asset in assets:
        Quote.objects.create(
            asset=asset,
            at=START,
            mark_micros=101 * DOLLAR,
            oracle_micros=101 * DOLLAR,
            mid_micros=101 * DOLLAR,
            source="synthetic",
            knowable_at=START,
        )
    moments = {"created_at": START, "opened_at": START, "funded_through_at": START}
    money = dict.fromkeys(
        (
            "starting_micros",
            "cash_micros",
            "equity_micros",
            "peak_micros",
            "low_micros",
            "drawdown_base_micros",
        ),
        CASH,
    )
    first = PropAccount.objects.create(
        ordinal=1,
        clone=clone,
        purpose="arena",
        status="active",
        policy=policy,
        ledger_sequence=2,
        **money,
        **moments,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        multiply(cursor, first, size)
    with connection.cursor() as cursor:
        # What the yardstick keeps in the rows, and ours derives.
        cursor.execute("ALTER TABLE trading_position ADD COLUMN bench_mark bigint NOT NULL DEFAULT 0")
        cursor.execute("ALTER TABLE trading_position ADD COLUMN bench_profit bigint NOT NULL DEFAULT 0")
        cursor.execute("CREATE TABLE bench_price (asset_id bigint PRIMARY KEY, mark bigint NOT NULL)")
        cursor.execute("INSERT INTO bench_price SELECT asset_id, mark_micros FROM market_quote")
        cursor.execute(
            "CREATE TABLE bench_snapshot (account_id bigint, at bigint, cash bigint, equity bigint)"
        )
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


def multiply(cursor: Any, first: Any, size: int) -> None:
    """Copy the first account so many times, and give every account its positions, inside the database."""
    from apps.trading.models import Position

    columns = [field.column for field in first._meta.concrete_fields if field.column != "id"]
    changed = {"ordinal": "n.i", "public_id": "'acc_' || n.i"}
    numbers = f"WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {size})"
    chosen = ", ".join(changed.get(name, f"a.{name}") for name in columns)
    cursor.execute(
        f"INSERT INTO trading_propaccount ({', '.join(columns)})"
        f" {numbers} SELECT {chosen} FROM trading_propaccount a, n WHERE a.id = %s",
        [first.pk],
    )
    held = [field.column for field in Position._meta.concrete_fields if field.column != "id"]
    values = {
        "account_id": "a.id",
        "asset_id": "m.id",
        "symbol": "m.symbol",
        "size_lots": f"{LOTS} * t.turn",
        "cost_micros": f"{100 * DOLLAR} * t.turn",
        "leverage": "5",
        "is_isolated": "FALSE",
        "updated_at": "a.created_at",
    }
    chosen = ", ".join(values.get(name, "0") for name in held)
    turns = " UNION ALL ".join(f"SELECT {turn} AS turn" for turn in range(1, POSITIONS + 1))
    cursor.execute(
        f"INSERT INTO trading_position ({', '.join(held)}) SELECT {chosen} FROM trading_propaccount a,"
        f" ({turns}) t, market_asset m WHERE m.symbol = 'COIN' || ((a.ordinal + t.turn) % {ASSETS})"
        " ORDER BY a.id, t.turn"
    )


def two_updates() -> None:
    """The yardstick: mark and profit into every position, then equity and peak into every account."""
    from django.db import connection, transaction

    most = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE trading_position SET bench_mark = p.mark,"
            " bench_profit = trading_position.size_lots * p.mark / 10000 - trading_position.cost_micros"
            " FROM bench_price p WHERE p.asset_id = trading_position.asset_id"
        )
        cursor.execute(
            f"UPDATE trading_propaccount SET equity_micros = cash_micros + s.profit,"
            f" peak_micros = {most}(peak_micros, cash_micros + s.profit)"
            " FROM (SELECT account_id, SUM(bench_profit) AS profit FROM trading_position GROUP BY account_id) s"
            " WHERE s.account_id = trading_propaccount.id AND status = 'active'"
        )


def insert_select() -> None:
    """The least a snapshot can cost: four integers an account, without text, keys or constraints."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_snapshot SELECT id, ledger_sequence, cash_micros, equity_micros FROM trading_propaccount"
        )


def ours(size: int) -> tuple[Callable[[], None], Callable[[], None], Callable[[], None]]:
    """The project's cycle: every snapshot due, none due, and none due with everything read again."""
    from apps.market.queries import MarketBoard
    from apps.trading.services import columns, marking

    passed = [0]

    def cycle(every: timedelta | None) -> None:
        passed[0] += 1
        now = START + passed[0] * CYCLE
        report = marking.mark_open_accounts(now=now, snapshots_every=every, board=MarketBoard(now))
        if report.done != size or report.failed:
            raise SystemExit(f"the cycle did not mark every account: {report}")

    def none_due_cold() -> None:
        columns.forget()
        cycle(timedelta(days=1))

    return lambda: cycle(None), lambda: cycle(timedelta(days=1)), none_due_cold


def valuation() -> dict[str, float]:
    """Milliseconds of valuing every account from columns, interpreted and compiled, without any reading."""
    from apps.market.queries import MarketBoard
    from apps.trading.services.columns import open_accounts
    from apps.trading.services.survey import Survey

    found = {}
    now = START + timedelta(minutes=1)
    with open_accounts() as held:
        survey = Survey(held, MarketBoard(now), now=now, snapshots_every=None)
        for name, is_compiled in (("interpreted", False), ("compiled", True)):
            best = float("inf")
            for _ in range(4):
                began = time.perf_counter()
                survey.value(compiled=is_compiled)
                best = min(best, (time.perf_counter() - began) * 1000)
            found[name] = round(best, 2)
    return found


if __name__ == "__main__":
    sys.exit(main())
