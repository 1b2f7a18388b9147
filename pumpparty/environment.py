"""Strict readers of environment variables: a wrong value is one clear line, never a guess."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The variable as text, or `default` where it is unset or empty."""
    return os.environ.get(name) or default


def flag(name: str, *, default: bool = False) -> bool:
    """The variable as yes or no; anything but 1, 0, true, false, yes, no is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in {"1", "true", "yes"}:
        return True
    if value in {"0", "false", "no"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def whole_number(name: str, *, default: int, low: int, high: int) -> int:
    """The variable as a whole number in `low..high`."""
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    if not (value.isascii() and value.isdigit()) or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """The variable as a comma-separated list without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def origin(name: str) -> str:
    """The variable as a site's origin, such as https://media.example, or "" where it is unset."""
    value = text(name).strip()
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or value != f"{parts.scheme}://{parts.netloc}"):
        raise ImproperlyConfigured(f"{name} must be an origin such as https://media.example, not {value!r}.")
    return value


def database(url: str, *, data_dir: Path) -> dict[str, object]:
    """Django's database settings for a `postgres://` or `sqlite:///` address; SQLite in the data folder where empty.

    SQLite runs in its safe configuration: write-ahead log, immediate transactions (a deferred one that reads and then
    writes fails at once under concurrency, whatever the timeout) and full synchronisation, because the ledger lives here.
    """
    if not url:
        url = f"sqlite://{data_dir / 'arena.sqlite3'}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-64000;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        query = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": query,
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL must start with postgres:// or sqlite:///, not {parts.scheme or url!r}://."
    )
