"""A database that lives for one command: a temporary file, or one more on the PostgreSQL server."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from urllib.parse import urlsplit

from pumpparty.runtime.refusal import CannotStart


@contextlib.contextmanager
def scratch_environment() -> Iterator[dict[str, str]]:
    """Yield the variables of a process that works in a scratch database; everything is removed afterwards."""
    url = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="pumpparty-scratch-") as folder:
        variables = {**os.environ, "PUMPPARTY_DATA": folder, "PUMPPARTY_NO_BOOTSTRAP": "1"}
        variables.pop("REDIS_URL", None)
        if not url.startswith("postgres"):
            yield {**variables, "DATABASE_URL": f"sqlite://{folder}/scratch.sqlite3"}
            return
        with _database_on(url) as scratch:
            yield {**variables, "DATABASE_URL": scratch}


@contextlib.contextmanager
def _database_on(url: str) -> Iterator[str]:
    import psycopg
    from psycopg import sql

    name = f"pumpparty_scratch_{os.getpid()}"
    parts = urlsplit(url)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise CannotStart(f"No scratch database could be made on DATABASE_URL: {reason}") from None
    try:
        query = f"?{parts.query}" if parts.query else ""
        yield f"{parts.scheme}://{parts.netloc}/{name}{query}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
