"""What every test leans on: emptying a database whose ledgers refuse to be emptied."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.sqlite3.base import DatabaseWrapper

# No test reaches a real source: processes that tests start ask an address where nobody answers.
for _name in ("POLYMARKET_URL", "DEFILLAMA_URL", "DEFILLAMA_STABLECOINS_URL"):
    os.environ.setdefault(_name, "http://127.0.0.1:9")

DatabaseOperations = DatabaseWrapper.ops_class
_flush = DatabaseOperations.sql_flush


def _flush_past_triggers(self: Any, *args: Any, **kwargs: Any) -> list[str]:
    """SQLite empties tables with DELETE, which append-only tables refuse: lift the triggers, empty, set them again."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    lift = [f'DROP TRIGGER IF EXISTS "{name}"' for name, _ in triggers]
    return [*lift, *_flush(self, *args, **kwargs), *(sql for _, sql in triggers)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` makes generated tests try far more."""
    parser.addoption("--long", action="store_true", help="generate many more requests, for a nightly run")


@pytest.fixture(autouse=True, scope="session")
def _empty_append_only_tables() -> Iterator[None]:
    """Between transactional tests on SQLite only; PostgreSQL truncates, which the row triggers let pass."""
    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", _flush_past_triggers)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def fresh_clock() -> Iterator[None]:
    """No test sees the market clock's anchor of another."""
    from apps.operations import clock

    clock.forget()
    yield
    clock.forget()


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """No test is refused because of the requests of another."""
    from apps.core import limits

    limits.forget()
    yield
    limits.forget()


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """No test finds a circuit open, or a page kept, because of another."""
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def fresh_windows() -> Iterator[None]:
    """No test sees the candles of another, whose database began with the same keys."""
    from apps.market.queries import windows

    windows.forget()
    yield
    windows.forget()
