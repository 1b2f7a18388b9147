"""What all readers of the venue's answers share: shapes, fields, and lists of which some rows may be unreadable."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from apps.core.errors import AdapterError, AdapterFault

Entry = TypeVar("Entry")
Row = TypeVar("Row")
LONGEST_NAME = 40
KEPT_REASONS = 3


def refusal(what: str) -> AdapterError:
    """An answer, or a row of one, that says something impossible."""
    return AdapterError(f"Hyperliquid: {what}", transient=False)


def drift(what: str) -> AdapterError:
    """An answer, or a row of one, that is not built as it always was."""
    return AdapterError(f"Hyperliquid: {what}", transient=False, fault=AdapterFault.SCHEMA_DRIFT)


def as_list(value: object, what: str) -> list[object]:
    """Return a list; raises `drift`."""
    if not isinstance(value, list):
        raise drift(f"{what} is not a list")
    return value


def as_dict(value: object, what: str) -> dict[str, object]:
    """Return an object; raises `drift`."""
    if not isinstance(value, dict):
        raise drift(f"{what} is not an object")
    return value


def field(row: dict[str, object], key: str) -> object:
    """Return a field that is always there, though it may be null; raises `drift`."""
    if key not in row:
        raise drift(f"{key} is missing")
    return row[key]


def as_name(value: object, what: str) -> str:
    """Return a short printable text; raises `drift`."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_NAME or not value.isprintable():
        raise drift(f"{what} is not a name")
    return value


def readable(
    entries: Sequence[Entry], read: Callable[[Entry], Row], *, what: str, rejected: list[str] | None
) -> list[Row]:
    """Return the rows that can be read, and say in `rejected` how many others were left out and why.

    Raises AdapterError when there are rows and none can be read: SCHEMA_DRIFT where it is the shape of all of them.
    """
    rows: list[Row] = []
    failures: list[AdapterError] = []
    for entry in entries:
        try:
            rows.append(read(entry))
        except AdapterError as error:
            failures.append(error)
    if failures and not rows:
        has_drifted = all(error.fault is AdapterFault.SCHEMA_DRIFT for error in failures)
        detail = f"no {what} of {len(failures)} can be read: {_plain(failures[0])}"
        raise drift(detail) if has_drifted else refusal(detail)
    report(failures, total=len(entries), what=what, rejected=rejected)
    return rows


def report(failures: Sequence[AdapterError], *, total: int, what: str, rejected: list[str] | None) -> None:
    """Add one line about the rows that were left out."""
    if not failures or rejected is None:
        return
    reasons = Counter(_plain(error) for error in failures).most_common(KEPT_REASONS)
    counted = ", ".join(f"{reason} ({count})" for reason, count in reasons)
    rejected.append(f"{what}: {len(failures)} of {total} left out: {counted}")


def _plain(error: AdapterError) -> str:
    return error.detail.removeprefix("Hyperliquid: ")
