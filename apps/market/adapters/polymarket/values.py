"""Single values of Gamma answers: a number, a moment or a list in any of the forms that Gamma sends."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from apps.core import json_strict
from apps.core.errors import AdapterError, DomainError
from apps.market.adapters.numbers import scaled

LONGEST_TEXT_BYTES = 20_000
LONGEST_SLUG = 300
MOST_OUTCOMES = 64
ONE_E6 = 1_000_000
LARGEST_MICROS = 10**18
"""A million million dollars: beyond that a figure is an error, and below it every database keeps it."""
FIRST_YEAR, LAST_YEAR = 2015, 2200


class SkipReason(StrEnum):
    """Why a market is left out: stable codes."""

    SHAPE = "SHAPE_INVALID"
    ID = "ID_INVALID"
    TEXT = "TEXT_INVALID"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    NUMBER = "NUMBER_INVALID"
    TIME = "TIME_INVALID"
    LENGTHS = "LENGTHS_DIFFER"
    PRICES = "PRICES_DO_NOT_ADD_UP"


class Unreadable(Exception):
    """A market that cannot be read; `reason` says why."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def text(value: object, *, longest: int = LONGEST_TEXT_BYTES) -> str:
    """Return a text raw, empty when it is absent."""
    if value is None:
        return ""
    if not isinstance(value, str) or not json_strict.is_sound_text(value):
        raise Unreadable(SkipReason.TEXT)
    if len(value.encode("utf-8", "replace")) > longest:
        raise Unreadable(SkipReason.TEXT_TOO_LONG)
    return value


def identifier(value: object) -> str:
    """Return Gamma's id: a short decimal, sent as text or as a number."""
    shown = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(shown, str) or not shown.isascii() or not shown.isdecimal() or len(shown) > 40:
        raise Unreadable(SkipReason.ID)
    return shown


def flag(value: object) -> bool:
    """Return a JSON boolean; nothing else means yes or no."""
    if not isinstance(value, bool):
        raise Unreadable(SkipReason.SHAPE)
    return value


def number_e6(value: object, *, largest: int) -> int | None:
    """Return a decimal text or a JSON number times 10**6, rounded half-even; None when it is absent.

    Nothing here is ever below zero. A JSON number is read as its shortest decimal text: no binary noise, and no exponent.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise Unreadable(SkipReason.NUMBER)
    if isinstance(value, int | float):
        value = format(Decimal(str(value)), "f")
    if isinstance(value, str) and value.startswith("."):
        value = f"0{value}"
    if isinstance(value, str) and "." in value:
        whole, _, fraction = value.partition(".")
        value = f"{whole}.{fraction[:40]}"
    try:
        found = scaled(value, 6)
    except AdapterError:
        raise Unreadable(SkipReason.NUMBER) from None
    if found > largest or str(value).startswith("-"):
        raise Unreadable(SkipReason.NUMBER)
    return found


def probability_e6(value: object) -> int | None:
    """Return a probability in 1e-6, None when it is absent."""
    return number_e6(value, largest=ONE_E6)


def dollars_micros(value: object) -> int | None:
    """Return an amount in micro-dollars, None when it is absent."""
    return number_e6(value, largest=LARGEST_MICROS)


def moment(value: object) -> datetime | None:
    """Return an ISO time with an offset in UTC, None when it is absent."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 40:
        raise Unreadable(SkipReason.TIME)
    try:
        at = datetime.fromisoformat(value)
        at = at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        raise Unreadable(SkipReason.TIME) from None
    if at.tzinfo is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Unreadable(SkipReason.TIME)
    return at


def inner_list(value: object) -> list[object]:
    """Return the list that Gamma sends as JSON in a text, empty when it is absent."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        try:
            value = json_strict.loads(value)
        except DomainError:
            raise Unreadable(SkipReason.SHAPE) from None
    if not isinstance(value, list) or len(value) > MOST_OUTCOMES:
        raise Unreadable(SkipReason.SHAPE)
    return value
