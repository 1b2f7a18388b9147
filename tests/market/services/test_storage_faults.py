"""D17, D18, D19: a locked or full database and a clock that jumps back; nothing is half-written, all is caught up."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections

from apps.core.errors import AdapterFault
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, BookSnapshot, Candle, IngestionRun, Quote
from apps.market.services import ingest
from apps.market.services.outcome import Outcome
from apps.trading.models import LedgerEntry
from pumpparty import environment
from tests.market.places import START
from tests.trading import world

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="SQLite's own faults"
    ),
]
FIVE = timedelta(seconds=5)
SOURCE = SyntheticSource(seed=7, symbols=("BTC",))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """The project's tables in a file of their own, in the safe configuration, with a busy timeout of 0.2 s."""
    connection.ensure_connection()
    path = tmp_path / "arena.sqlite3"
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()
    usual, other = connections["default"], connections.create_connection("default")
    other.settings_dict = {
        **other.settings_dict,
        **environment.database(f"sqlite://{path}", data_dir=tmp_path),
    }
    connections["default"] = other
    with other.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 200")
    yield path
    other.close()
    connections["default"] = usual


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else holds the write lock, as a vacuum does."""
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield holder
    finally:
        if holder.in_transaction:
            holder.execute("ROLLBACK")
        holder.close()


def pragma(text: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")
        return cursor.fetchone()[0]


def memory() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Candle, Quote, BookSnapshot))


def untils() -> list[tuple[Any, Any]]:
    return list(Asset.objects.values_list("candles_until", "quotes_until"))


def test_d17_the_database_is_waited_for_twenty_seconds() -> None:
    assert environment.database("", data_dir=Path("/nowhere"))["OPTIONS"]["timeout"] == 20  # type: ignore[index]


def test_d17_a_locked_database_fails_the_run_and_the_next_one_writes_everything(file: Path) -> None:
    ingest.ingest_all(now=START, source=SOURCE)
    before, cursors, later = memory(), untils(), START + timedelta(minutes=7)
    with locked(file):
        report = ingest.ingest_all(now=later, source=SOURCE)
        assert report.failed > 0
        assert any("locked" in line for line in report.errors)
    assert (memory(), untils()) == (before, cursors)
    assert ingest.ingest_all(now=later + FIVE, source=SOURCE).failed == 0
    assert Candle.objects.filter(interval_ms=60_000).count() == 367
    assert Candle.objects.filter(interval_ms=300_000).count() == 73


def test_d17_a_lock_that_ends_in_time_is_only_waited_for(file: Path) -> None:
    pragma("busy_timeout = 10000")
    with locked(file) as holder:
        threading.Timer(0.3, lambda: holder.execute("ROLLBACK")).start()
        report = ingest.ingest_all(now=START, source=SOURCE)
    assert report.failed == 0
    assert Candle.objects.filter(interval_ms=60_000).count() == 360


def test_d17_a_long_read_stops_no_writer(file: Path) -> None:
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM market_candle").fetchone()
    assert ingest.ingest_all(now=START, source=SOURCE).failed == 0
    assert reader.execute("SELECT count(*) FROM market_candle").fetchone() == (0,)
    reader.close()


def test_d18_a_full_disk_pauses_ingestion_and_leaves_money_alone(file: Path) -> None:
    world.make_account()
    world.put_quote(dollars=100)
    money = list(LedgerEntry.objects.order_by("pk").values())
    assert money
    ingest.ingest_all(now=START, source=SOURCE)
    before, cursors = memory(), untils()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages that earlier rows left free would still take new ones
    pragma(f"max_page_count = {pragma('page_count')}")
    report = ingest.ingest_all(now=START + timedelta(hours=6), source=SOURCE)
    assert report.failed > 0
    assert "full" in " ".join(report.errors)
    assert Candle.objects.count() == before[0]
    assert untils()[0][0] == cursors[0][0]
    assert list(LedgerEntry.objects.order_by("pk").values()) == money
    pragma("max_page_count = 1000000")
    assert ingest.ingest_all(now=START + timedelta(hours=6) + FIVE, source=SOURCE).failed == 0
    assert Candle.objects.filter(asset__symbol="BTC", interval_ms=60_000).count() == 720
    assert pragma("integrity_check") == "ok"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("database or disk is full", AdapterFault.STORAGE_FULL),
        ("could not extend file: No space left on device", AdapterFault.STORAGE_FULL),
        ("database is locked", AdapterFault.STORAGE_BUSY),
        ("canceling statement due to lock timeout", AdapterFault.STORAGE_BUSY),
    ],
)
def test_d18_each_trouble_of_the_storage_has_its_class(words: str, fault: AdapterFault) -> None:
    outcome = Outcome()
    outcome.fail("candles", OperationalError(words))
    assert outcome.fault == fault


def test_d19_a_clock_that_jumps_back_doubles_nothing_and_deletes_nothing() -> None:
    later = START + timedelta(hours=1)
    for now in (START, later):
        ingest.ingest_all(now=now, source=SOURCE)
    before, cursors = memory(), untils()
    for now in (START, START + FIVE, later):
        ingest.ingest_all(now=now, source=SOURCE)
    assert (memory(), untils()) == (before, cursors)
    ingest.ingest_all(now=later + timedelta(minutes=1), source=SOURCE)
    assert Candle.objects.filter(interval_ms=60_000).count() == 421
    assert IngestionRun.objects.filter(status="failed").count() == 0
