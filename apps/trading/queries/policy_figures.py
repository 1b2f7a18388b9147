"""The figures of a policy in the units that people read and write: dollars, percent, seconds, plain numbers.

A figure's name says its unit (`*_micros`, `*_bps`, `*_e10`, `*_ms`), as everywhere; what the policy gains appears here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum

from apps.core.errors import InvalidInput
from apps.core.money import parse_scaled, scaled_text
from apps.exchange.types import Policy
from apps.exchange.types.policy import bounds

NOTHING, ABSENT, ON, OFF = "none", "not set", "on", "off"
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)


class Kind(Enum):
    """What a figure is."""

    NUMBER = "number"
    SWITCH = "switch"
    LIST = "list"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Unit:
    """How a stored integer reads: with this many decimals, between these signs."""

    decimals: int = 0
    before: str = ""
    after: str = ""

    def text(self, value: int) -> str:
        """A number from zero exactly, with commas but no sign of the unit: "1,234.50" of dollars, "0.045" of percent."""
        whole, _, rest = scaled_text(value, self.decimals).partition(".")
        if rest and self.before:
            rest = rest.ljust(2, "0")
        return f"{int(whole):,}.{rest}" if rest else f"{int(whole):,}"

    def signed_text(self, value: int) -> str:
        """The same between the unit's signs: "$1,234.50"."""
        return f"{'-' if value < 0 else ''}{self.before}{self.text(abs(value))}{self.after}"

    def parse(self, text: str) -> int:
        """What `text` wrote, commas between thousands allowed; raises InvalidInput for what does not fit exactly."""
        text = text.strip()
        if not self.decimals and "." in text:
            raise InvalidInput("This must be a whole number.", code="NUMBER_INVALID")
        return parse_scaled(text.replace(",", "") if _GROUPED.fullmatch(text) else text, self.decimals)


COUNT = Unit()
UNITS = {
    "micros": Unit(6, before="$"),
    "bps": Unit(2, after="%"),
    "e10": Unit(8, after="%"),
    "ms": Unit(3, after="\u00a0s"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One field of the policy: what it is called, what it is, and what a number may be, as it is stored."""

    name: str
    kind: Kind
    unit: Unit
    least: int
    most: int

    @property
    def label(self) -> str:
        """The name as words: "Max position" of `max_position_micros`."""
        words, _, suffix = self.name.rpartition("_")
        bare = words if suffix in UNITS else self.name
        return bare.removeprefix("has_").replace("_", " ").capitalize()

    def text(self, value: object) -> str:
        """A value as people read it; what is of another kind is written as it is."""
        if value is None:
            return ABSENT
        if self.kind is Kind.SWITCH and isinstance(value, bool):
            return ON if value else OFF
        if self.kind is Kind.LIST and isinstance(value, list | tuple):
            return ", ".join(map(str, value)) or NOTHING
        if self.kind is Kind.NUMBER and isinstance(value, int) and not isinstance(value, bool):
            return self.unit.signed_text(value)
        return str(value)


def list_figures() -> list[Figure]:
    """Every field of the policy, in the order of its definition."""
    kinds = {bool: Kind.SWITCH, int: Kind.NUMBER, tuple: Kind.LIST, str: Kind.TEXT}
    return [
        Figure(
            field.name,
            kinds[type(field.default)],
            UNITS.get(field.name.rpartition("_")[2], COUNT),
            *bounds(field.name),
        )
        for field in fields(Policy)
    ]


_STRANGER = Figure("", Kind.TEXT, COUNT, 0, 0)


@dataclass(frozen=True, slots=True)
class ReadableChange:
    """What a figure is called, and what it was and became, as people read it."""

    label: str
    before: str
    after: str


def readable_changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[ReadableChange]:
    """The figures that differ, in the policy's order; what is no figure of it comes last under its own name."""
    figures = {figure.name: figure for figure in list_figures()}
    changes = []
    for name in {**figures, **before, **after}:
        old, new = before.get(name), after.get(name)
        if old != new:
            figure = figures.get(name, _STRANGER)
            changes.append(ReadableChange(figure.label or name, figure.text(old), figure.text(new)))
    return changes
