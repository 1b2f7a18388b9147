"""Which acts need a second person, and what carries each of them out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.errors import NotFound, PermissionRefused
from apps.operations.types import Actor


class SecondPersonRequired(PermissionRefused):
    """Who asked for an act may not be the one who lets it happen."""

    code = "SECOND_PERSON_REQUIRED"


@dataclass(frozen=True, slots=True)
class HeldCall:
    """What the function of a released act is given; `reference` is unique to the act, for sources and idempotency."""

    subject_id: str
    payload: Mapping[str, Any]
    reference: str
    reason: str
    asked_by: Actor
    released_by: Actor
    now: datetime


# Calls one service and may return a sentence that is kept as the act's outcome.
CarriesOut = Callable[[HeldCall], str | None]


@dataclass(frozen=True, slots=True)
class HeldKind:
    """One kind of act: its name, the permission to ask for and to release it, its title, and what carries it out."""

    name: str
    permission: str
    title: str
    carry_out: CarriesOut


_kinds: dict[str, HeldKind] = {}


def held_act(name: str, *, permission: str, title: str) -> Callable[[CarriesOut], CarriesOut]:
    """Register the function of an act, in an app's `held_acts.py`; it runs inside the releasing transaction."""

    def register(carry_out: CarriesOut) -> CarriesOut:
        if name in _kinds and _kinds[name].carry_out.__qualname__ != carry_out.__qualname__:
            raise ValueError(f"Two functions carry out {name!r}.")
        _kinds[name] = HeldKind(name, permission, title, carry_out)
        return carry_out

    return register


def kind_of(name: str) -> HeldKind:
    """The kind of that name; raises NotFound where no function is registered under it."""
    if name not in _kinds:
        raise NotFound(f"Nothing carries out {name!r}.", code="UNKNOWN_ACT")
    return _kinds[name]


def title_of(name: str) -> str:
    """What the kind is called on pages; its name where it is no longer registered."""
    return _kinds[name].title if name in _kinds else name


def permission_of(name: str) -> str:
    """The permission to decide about acts of the kind; one that nobody has where it is no longer registered."""
    return _kinds[name].permission if name in _kinds else "operations.nobody"


def require_two(first: Actor, second: Actor) -> None:
    """Raise SecondPersonRequired unless these are two different persons or programs."""
    if (first.kind, first.identifier) == (second.kind, second.identifier):
        raise SecondPersonRequired("Who asked for this cannot release it; another person must.")
