"""A SIGKILL at any named point between a due decision and the ledger loses nothing and doubles nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

POINTS = (
    "trading.before-enqueue",
    "trading.after-enqueue",
    "decisions.after-claim",
    "decisions.before-record",
    "decisions.after-record",
    "trading.before-execute",
    "trading.after-verdict",
    "trading.after-order",
    "trading.after-ledger",
    "trading.after-record",
    "trading.after-execute-commit",
)


def run(step: str, url: str, folder: Path, *, killed_at: str = "") -> subprocess.CompletedProcess[str]:
    """Run one process of the arena on its own database."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "PUMPPARTY_DATA": str(folder),
        "PUMPPARTY_FAILPOINT": killed_at,
        "CELERY_BROKER_URL": "memory://",
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.trading.flows.arena_process", step],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The report of a process that ended well."""
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Stores:
    """Real databases outside the test's transaction: SQLite files, or databases of the same PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []
        self.template = self.make()
        answer(run("seed", self.template, folder))

    def make(self, *, of: str = "") -> str:
        """The address of a new database, empty or a copy of the address `of`."""
        name = f"kill_{uuid4().hex[:12]}"
        if connection.vendor != "postgresql":
            path = self.folder / f"{name}.sqlite3"
            if of:
                shutil.copy(of.removeprefix("sqlite://"), path)
            return f"sqlite://{path}"
        copied = of.partition("?")[0].rpartition("/")[2]
        self.statement(f"CREATE DATABASE {name}" + (f" TEMPLATE {copied}" if copied else ""))
        self.made.append(name)
        given = connection.settings_dict
        login = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
        port = f":{given['PORT']}" if given["PORT"] else ""
        return f"postgres://{login}@localhost{port}/{name}?host={given['HOST'] or '/var/run/postgresql'}"

    def statement(self, sql: str) -> None:
        """Run a statement of the server outside any transaction."""
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)

    def close(self) -> None:
        """Remove the server's databases again; files go with the folder."""
        for name in self.made:
            self.statement(f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Stores]:
    """A seeded database that every test copies."""
    with django_db_blocker.unblock():
        made = Stores(tmp_path_factory.mktemp("killed"))
        yield made
        made.close()


@pytest.fixture(scope="module")
def undisturbed(stores: Stores) -> dict[str, Any]:
    """What the same world becomes when nobody is killed."""
    return answer(run("work", stores.make(of=stores.template), stores.folder))


def test_the_undisturbed_round_fills_one_order(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["broken"] == {}
    assert (undisturbed["runs"], undisturbed["queued"]) == (["completed"], ["done"])
    assert (undisturbed["orders"], undisturbed["fills"], undisturbed["snapshots"]) == (1, 1, 1)
    assert undisturbed["verdicts"] == {"executed": 1, "denied": 0, "held": 0}


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_restarted(point: str, stores: Stores, undisturbed: dict[str, Any]) -> None:
    url = stores.make(of=stores.template)
    killed = run("work", url, stores.folder, killed_at=point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    assert answer(run("restart", url, stores.folder)) == undisturbed
