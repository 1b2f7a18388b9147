"""The list of everything that runs by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from apps.core.errors import NotFound
from apps.operations.types import Report, Tick

Body = Callable[[Tick], Report | None]


@dataclass(frozen=True, slots=True)
class Cadence:
    """One worker: `every` is market time, `lease` real time, `limit` the most items of one run."""

    name: str
    every: timedelta
    lease: timedelta
    limit: int
    body: Body

    @property
    def purpose(self) -> str:
        """The first line of the body's docstring."""
        return (self.body.__doc__ or "").strip().split("\n")[0]


_registered: dict[str, Cadence] = {}


def seconds(count: float) -> timedelta:
    """A span of `count` seconds."""
    return timedelta(seconds=count)


def minutes(count: float) -> timedelta:
    """A span of `count` minutes."""
    return timedelta(minutes=count)


def register(item: Cadence) -> None:
    """Add a cadence; raises ValueError when another module already has its name."""
    present = _registered.get(item.name)
    if present and present.body.__module__ != item.body.__module__:
        raise ValueError(f"Cadence {item.name} is declared twice.")
    _registered[item.name] = item


def get_cadence(name: str) -> Cadence:
    """The cadence of that name; raises NotFound with the names that exist."""
    try:
        return _registered[name]
    except KeyError:
        known = ", ".join(sorted(_registered)) or "none"
        raise NotFound(f"There is no cadence {name!r}. Known: {known}.", code="CADENCE_UNKNOWN") from None


def all_cadences() -> list[Cadence]:
    """Every cadence, by name."""
    return [_registered[name] for name in sorted(_registered)]
