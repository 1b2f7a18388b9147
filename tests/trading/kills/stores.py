"""Databases for forked children: copies of the test database, and of one another, on either kind of server."""

import shutil
import sqlite3
from pathlib import Path
from uuid import uuid4

from django.db import connection, connections


class Stores:
    """Copies of a template; SQLite files in a folder, or databases of the same PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []

    def copy_tests(self) -> str:
        """A copy of the test database as it is now."""
        if connection.vendor == "postgresql":
            connection.close()
            name = str(connection.settings_dict["NAME"])
            # A database is copied only while nobody is connected: a thread of an earlier test, or housekeeping, may be.
            self._statement(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            return self.copy(name)
        path = str(self.folder / f"{uuid4().hex}.sqlite3")
        connection.ensure_connection()
        with sqlite3.connect(path) as target:
            connection.connection.backup(target)
        target.close()
        return path

    def copy(self, name: str) -> str:
        """A copy of a database that nobody is connected to."""
        if connection.vendor == "postgresql":
            made = f"kills_{uuid4().hex[:16]}"
            self._statement(f"CREATE DATABASE {made} TEMPLATE {name} STRATEGY FILE_COPY")
            self.made.append(made)
            return made
        path = str(self.folder / f"{uuid4().hex}.sqlite3")
        shutil.copy(name, path)
        return path

    def drop(self, name: str) -> None:
        """Remove a database whose children are all gone."""
        if connection.vendor == "postgresql":
            self._statement(f"DROP DATABASE {name} WITH (FORCE)")
            self.made.remove(name)
            return
        for suffix in ("", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove what is left."""
        for name in list(self.made):
            self.drop(name)

    def _statement(self, sql: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)


def enter(name: str) -> None:
    """Let this forked process work on a database of its own; what it inherited is left alone, not closed.

    A killed process loses nothing that the kernel has taken from it, so SQLite need not wait for the disk here.
    """
    given = connections.settings["default"]
    given["NAME"] = name
    if "init_command" in given["OPTIONS"]:
        given["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    del connections["default"]
