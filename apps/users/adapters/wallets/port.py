"""What proving a wallet's signature can end in."""

from enum import Enum


class Proof(Enum):
    """The verdict on one signature; only VALID opens anything.

    REJECTED is INVALID said by the account's own contract (or its relay) rather than by arithmetic.
    """

    VALID = "valid"
    INVALID = "invalid"
    REJECTED = "rejected"
    UNSUPPORTED = "unsupported"
