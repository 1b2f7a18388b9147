"""What asking again found: steps with their verdict, and the first place at which two documents differ."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

NOTHING = "nothing"
"""How a value is told that is not there."""
MOST_TOLD = 160
_ABSENT = object()


class StepStatus(StrEnum):
    """Identical, different, or neither: what is needed to tell is not there."""

    IDENTICAL = "identical"
    DIFFERENT = "different"
    UNAVAILABLE = "unavailable"


class Part(StrEnum):
    """The part of a decision's life that a step is about."""

    SEALED = "sealed"
    SAW = "saw"
    SAID = "said"
    WANTED = "wanted"
    ALLOWED = "allowed"
    GOT = "got"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was asked again.

    `where` is the exact place of a difference: the row, and the column, field or index in it; `expected` is what asking
    again gave, `found` what is written there. Where `is_private`, those two are the owner's to read. `digests` are told
    by name. `action` is the index of the proposed action that the step is about.
    """

    name: str
    part: Part
    status: StepStatus
    sentence: str
    where: str = ""
    expected: str = ""
    found: str = ""
    digests: tuple[tuple[str, str], ...] = ()
    is_private: bool = False
    action: int | None = None


@dataclass(frozen=True, slots=True)
class Reexecution:
    """Every step of one decision asked again, in the order of its life."""

    run: str
    record_digest: str
    steps: tuple[Step, ...]

    @property
    def first_difference(self) -> Step | None:
        """The first step that came out otherwise, or None."""
        return self._first(StepStatus.DIFFERENT)

    @property
    def first_unavailable(self) -> Step | None:
        """The first step that could not be asked again, or None."""
        return self._first(StepStatus.UNAVAILABLE)

    @property
    def status(self) -> StepStatus:
        """Different where any step is; else unavailable where any step could not be asked; else identical."""
        if self.first_difference:
            return StepStatus.DIFFERENT
        return StepStatus.UNAVAILABLE if self.first_unavailable else StepStatus.IDENTICAL

    def _first(self, status: StepStatus) -> Step | None:
        return next((step for step in self.steps if step.status == status), None)


class Difference(NamedTuple):
    """A place in a document, what it should hold, and what it holds."""

    path: str
    expected: str
    found: str


@dataclass(slots=True)
class Asking:
    """One step while it is being asked: the first difference that is noted decides it."""

    name: str
    part: Part
    action: int | None = None
    is_private: bool = False
    digests: list[tuple[str, str]] = field(default_factory=list)
    difference: Difference | None = None
    missing: str = ""

    def equal(self, where: str, *, expected: Any, found: Any) -> bool:
        """Note the first place below `where` at which the two differ; whether there is none."""
        first = next(differences(expected, found, where), None)
        if first is not None and self.difference is None:
            self.difference = first
        return first is None

    def lacks(self, reason: str) -> None:
        """Note what is not there to ask with."""
        self.missing = self.missing or reason

    def done(self, same: str, other: str) -> Step:
        """The step: `other` where a difference was noted, the reason where something was lacking, else `same`."""
        status, sentence = StepStatus.IDENTICAL, same
        if self.difference is not None:
            status, sentence = StepStatus.DIFFERENT, other
        elif self.missing:
            status, sentence = StepStatus.UNAVAILABLE, self.missing
        place = self.difference or Difference("", "", "")
        told = (place.path, place.expected, place.found)
        return Step(
            self.name,
            self.part,
            status,
            sentence,
            *told,
            tuple(self.digests),
            self.is_private,
            self.action,
        )


def differences(expected: Any, found: Any, path: str) -> Iterator[Difference]:
    """Every place at which two plain JSON values differ, in order; lists are compared index by index."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name in [*expected, *(name for name in found if name not in expected)]:
            there, here = expected.get(name, _ABSENT), found.get(name, _ABSENT)
            yield from differences(there, here, f"{path}.{name}")
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        for place in range(max(len(expected), len(found))):
            there = expected[place] if place < len(expected) else _ABSENT
            here = found[place] if place < len(found) else _ABSENT
            yield from differences(there, here, f"{path}[{place}]")
    elif type(expected) is not type(found) or expected != found:
        yield Difference(path, told(expected), told(found))


def byte_difference(expected: str, found: str, path: str) -> Difference | None:
    """The first byte at which two texts differ, told with a few characters around it; None where they are equal."""
    there, here = expected.encode(), found.encode()
    if there == here:
        return None
    shared = zip(there, here, strict=False)
    place = next((at for at, (one, other) in enumerate(shared) if one != other), min(len(there), len(here)))
    near = slice(max(0, place - 20), place + 20)
    words = [text[near].decode(errors="replace") for text in (there, here)]
    return Difference(f"{path} byte {place}", told(words[0]), told(words[1]))


def told(value: Any) -> str:
    """A value in a few words."""
    if value is _ABSENT or value is None:
        return NOTHING
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return (text if len(text) <= MOST_TOLD else f"{text[: MOST_TOLD - 1]}…") or NOTHING
