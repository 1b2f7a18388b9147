"""The one place where data that are too damaged to be asked become a difference instead of an error."""

import logging
from collections.abc import Callable, Iterable, Iterator

from django.core.exceptions import FieldError, ObjectDoesNotExist

from apps.core.errors import DomainError
from apps.operations.artifacts import ArtifactStoreDown
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step

MALFORMED = (
    ArithmeticError,
    AttributeError,
    DomainError,
    FieldError,
    LookupError,
    ObjectDoesNotExist,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading values of another kind than were written may raise; a database that fails is none of it."""

_log = logging.getLogger(__name__)


class Malformed(ValueError):
    """A value is not of the kind that is written there; `where` is its place."""

    def __init__(self, where: str, expected: str, found: object) -> None:
        super().__init__(where)
        self.difference = Difference(where, expected, repr(found)[:160])


def asked(
    name: str,
    part: Part,
    where: str,
    make: Callable[[], Iterable[Step]],
    action: int | None = None,
) -> Iterator[Step]:
    """The steps that `make` gives; where what is written cannot even be asked, one that differs at `where`."""
    try:
        yield from make()
    except ArtifactStoreDown as down:
        yield _told(Asking(name, part, action, missing=f"The archive does not answer now: {down.detail}"))
    except Malformed as wrong:
        yield _told(Asking(name, part, action, difference=wrong.difference))
    except MALFORMED as error:
        _log.warning("%s cannot be asked: %s", where, type(error).__name__, exc_info=True)
        found = f"{type(error).__name__}: {error}"[:160]
        yield _told(Asking(name, part, action, difference=Difference(where, "what was sealed", found)))


def _told(asking: Asking) -> Step:
    return asking.done("", "What is written here cannot be read as what was sealed.")
