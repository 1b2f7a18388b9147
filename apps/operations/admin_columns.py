"""How stored numbers and moments read on operator pages: dollars, shares, units, spans and times in UTC.

A field's name says its unit (`*_micros`, `*_bps`, `*_e10`, `*_ms`, `*_lots`, `*_wei`); the column that replaces it
shows the value in a unit that people read, under a heading without the suffix.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from unfold.decorators import display

from apps.core.fields import MicrosField
from apps.core.money import MICRO_DECIMALS, scaled_text

NONE = "-"
CENTS, TENTHS_OF_CENTS = 2, 4
ETHER_DECIMALS = 18
TONES = {
    "good": (
        "active",
        "live",
        "executed",
        "completed",
        "succeeded",
        "passed",
        "confirmed",
        "paid",
        "admitted",
        "done",
        "filled",
        "released",
    ),
    "info": ("pending", "queued", "running", "waiting", "held", "idle", "open", "standing", "signed"),
    "warning": (
        "paused",
        "locked",
        "hidden",
        "skipped",
        "voided",
        "dropped",
        "refunded",
        "removed",
        "partial",
        "reduce_only",
        "expired",
    ),
    "danger": (
        "denied",
        "failed",
        "reversed",
        "liquidated",
        "retired",
        "dead",
        "cancelled",
        "deleted",
        "halted",
        "refused",
    ),
}
LABELS = {
    status: "success" if tone == "good" else tone for tone, listed in TONES.items() for status in listed
}

Column = Callable[[Any], str]


def shown(model: type[models.Model], name: Any, *, is_exact: bool) -> Any:
    """The column that shows this field to people, or the name itself where it reads well as it is.

    `is_exact` keeps every stored digit, for the page of one row; lists cut to what can be compared.
    """
    try:
        field: Any = model._meta.get_field(name)
    except (FieldDoesNotExist, TypeError):
        return name
    if isinstance(field, models.JSONField):
        return name
    if isinstance(field, models.DateTimeField):
        return _column(field, str(field.verbose_name), moment)
    if name == "status" and not is_exact:
        return _label(field)
    unit, write = _writer(name, is_exact=is_exact)
    if unit == "micros" and not isinstance(field, MicrosField):
        write = units
    if write is None or (unit == "lots" and not hasattr(model, "asset")):
        return name
    return _column(field, str(field.verbose_name).removesuffix(f" {unit}"), write)


def moment(at: datetime, _row: Any = None) -> str:
    """A moment in UTC: "22 Oct 2026 16:56:08"."""
    return f"{at.day} {at:%b %Y %H:%M:%S}".replace(" ", "\u00a0")


def money(micros: int, *, is_exact: bool = False) -> str:
    """Micro-dollars as "$99,501.91", cut to places that fit its size, or with every digit."""
    if is_exact:
        text = scaled_text(abs(micros), MICRO_DECIMALS, least=CENTS)
    else:
        size = abs(micros) // 1_000_000
        places = CENTS if size >= 100 or not micros else TENTHS_OF_CENTS if size else MICRO_DECIMALS
        cut = abs(micros) // 10 ** (MICRO_DECIMALS - places)
        text = scaled_text(cut, places, least=places)
    whole, _, rest = text.partition(".")
    return f"{'−' if micros < 0 else ''}${int(whole):,}.{rest}"


def ether(wei: int) -> str:
    """Wei as ETH with every digit: "0.0123 ETH"."""
    whole, _, rest = scaled_text(abs(wei), ETHER_DECIMALS).partition(".")
    return f"{'−' if wei < 0 else ''}{int(whole):,}{'.' if rest else ''}{rest}\u00a0ETH"


def units(millionths: int, _row: Any = None) -> str:
    """A quantity in 1e-6 of its unit with every digit: "10,712.5"."""
    whole, _, rest = scaled_text(abs(millionths), MICRO_DECIMALS).partition(".")
    return f"{'−' if millionths < 0 else ''}{int(whole):,}{'.' if rest else ''}{rest}"


def _writer(name: str, *, is_exact: bool) -> tuple[str, Callable[[int, Any], str] | None]:
    unit = name.rpartition("_")[2]
    writers: dict[str, Callable[[int, Any], str]] = {
        "micros": lambda value, row: money(value, is_exact=is_exact),
        "lots": lambda value, row: scaled_text(value, row.asset.size_decimals).replace("-", "−"),
        "bps": lambda value, row: f"{scaled_text(value, 2, least=2)}%".replace("-", "−"),
        "e6": lambda value, row: f"{scaled_text(value, 4, least=2)}%".replace("-", "−"),
        "e10": lambda value, row: f"{scaled_text(value, 8, least=4)}%".replace("-", "−"),
        "ms": lambda value, row: _span(value),
        "wei": lambda value, row: f"{ether(value)} ({value} wei)" if is_exact else ether(value),
    }
    return unit, writers.get(unit)


def _span(value: int) -> str:
    if value >= 60_000 and value % 60_000 == 0:
        return f"{value // 60_000}\u00a0min"
    return f"{value}\u00a0ms" if value < 10_000 else f"{scaled_text(value, 3)}\u00a0s"


def _column(field: Any, heading: str, write: Callable[[Any, Any], str]) -> Column:
    def column(row: Any) -> str:
        value = getattr(row, field.name)
        return NONE if value is None else write(value, row)

    return _named(column, field, heading)


def _label(field: Any) -> Column:
    def column(row: Any) -> str:
        return str(getattr(row, field.name))

    return _named(display(label=LABELS)(column), field, field.verbose_name)


def _named(column: Column, field: Any, heading: str) -> Column:
    """Give a column the name, heading and order that the site's lists ask for."""
    column.__name__ = field.name
    return admin.display(description=heading, ordering=field.name)(column)
