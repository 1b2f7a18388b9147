"""Who may read which account: what settles a standing is public, what is still being proved is its owner's."""

from dataclasses import dataclass

from apps.core.errors import NotFound
from apps.trading.models import PropAccount
from apps.trading.queries.accounts import find_account
from apps.trading.types import CLOSED_STATUSES, Purpose

PUBLIC_PURPOSES = (Purpose.ARENA, Purpose.DEMONSTRATION)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the key of a signed-in user, and whether every account is open to them (operators, programs)."""

    user_id: int | None = None
    sees_all: bool = False


ANYBODY = Reader()
BY_OPERATOR = "OPERATOR"
"""What the public is told of a reason that a person wrote."""

AUTOMATIC_REASONS = frozenset(
    {
        "LIQUIDATED",
        "DRAWDOWN",
        "CLONE_RETIRED",
        "PROFILE_NOT_LIVE",
        "ENTITLEMENT_LOST",
        "audition passed",
        "audition failed",
        "audition voided",
    }
)
"""The reasons that no person words; every other text of an account may hold anything and stays private."""

_NONE = "There is no such prop account."


def is_public(account: PropAccount) -> bool:
    """Whether anybody may read the account: in the Arena, demonstrations, and auditions that are over."""
    over = account.purpose == Purpose.AUDITION and account.status in CLOSED_STATUSES
    return account.purpose in PUBLIC_PURPOSES or over


def reads_private(account: PropAccount, reader: Reader) -> bool:
    """Whether what is private on any account, such as its standing exits, is shown to the reader."""
    return reader.sees_all or (reader.user_id is not None and account.clone.owner_id == reader.user_id)


def reads_words(account: PropAccount, reader: Reader) -> bool:
    """Whether what proves a decision is shown whole: to its owner and to operators, and to no program."""
    return reader.user_id is not None and reads_private(account, reader)


def reason_for_all(reason: str) -> str:
    """A reason of an account's state as anybody may read it: the machine's own, or `OPERATOR` for a person's words."""
    return reason if not reason or reason in AUTOMATIC_REASONS else BY_OPERATOR


def may_read(account: PropAccount, reader: Reader) -> bool:
    """Whether the account exists for the reader."""
    return is_public(account) or reads_private(account, reader)


def get_readable(public_id: str, reader: Reader) -> PropAccount:
    """The account of that public id; raises NotFound where there is none for this reader, in the same words."""
    account = find_account(public_id)
    if account is None or not may_read(account, reader):
        raise NotFound(_NONE)
    return account


def require_private(account: PropAccount, reader: Reader) -> None:
    """Raise NotFound, as if there were no such account, unless its private side is shown to the reader."""
    if not reads_private(account, reader):
        raise NotFound(_NONE)
