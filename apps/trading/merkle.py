"""A binary SHA-256 tree over leaves, and proofs that a leaf is in it: pure functions of bytes (the shape of RFC 6962).

A leaf is hashed behind 0x00 and a node behind 0x01, so no node can pass for a leaf; nothing is hashed twice to fill up
a level, so no two lists of leaves have one tree. A day's root is hashed behind 0x02.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

EMPTY = sha256().digest()
"""The tree over no leaves."""


class Step(NamedTuple):
    """One step from a leaf to the top: the neighbour's hash, and whether it stands left of what is climbed from."""

    is_left: bool
    hash: bytes


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two parts."""
    return sha256(b"\x01" + left + right).digest()


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """The top of the tree over the hashes of leaves, in their order."""
    if len(hashes) < 2:
        return hashes[0] if hashes else EMPTY
    middle = _split(len(hashes))
    return node_hash(tree_hash(hashes[:middle]), tree_hash(hashes[middle:]))


def path_of(place: int, hashes: Sequence[bytes]) -> list[Step]:
    """The steps from the leaf at that place to the top; raises IndexError for a place that is none."""
    if not 0 <= place < len(hashes):
        raise IndexError(place)
    if len(hashes) == 1:
        return []
    middle = _split(len(hashes))
    left, right = hashes[:middle], hashes[middle:]
    if place < middle:
        return [*path_of(place, left), Step(is_left=False, hash=tree_hash(right))]
    return [*path_of(place - middle, right), Step(is_left=True, hash=tree_hash(left))]


def climb(start: bytes, path: Sequence[Step]) -> bytes:
    """The top that a leaf's hash and its steps lead to."""
    for step in path:
        start = node_hash(step.hash, start) if step.is_left else node_hash(start, step.hash)
    return start


def root_hash(previous: bytes, day: str, tree: bytes) -> bytes:
    """The root of a day (`2026-03-02`): it seals the root before it (no bytes for the first), the day and its tree."""
    return sha256(b"\x02" + previous + day.encode("ascii") + tree).digest()


def _split(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << (count - 1).bit_length() - 1
