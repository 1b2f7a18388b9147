"""The tree over the day's leaves: any change moves its top, proofs hold, and a node is never a leaf."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.trading import merkle

leaves = st.lists(st.binary(max_size=40), max_size=70)
some = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def top(items: list[bytes]) -> bytes:
    return merkle.tree_hash([merkle.leaf_hash(item) for item in items])


def test_the_shape_is_that_of_rfc_6962() -> None:
    """The tops over 0, 1, 2, 3 and 8 leaves that implementations of Certificate Transparency test with."""
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    items = [bytes.fromhex(text) for text in inputs]
    assert {count: top(items[:count]).hex() for count in (0, 1, 2, 3, 8)} == {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }


@given(some, st.data())
def test_every_leaf_has_a_proof_and_no_other_leaf_has_it(items: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(item) for item in items]
    place = data.draw(st.integers(0, len(items) - 1))
    path = merkle.path_of(place, hashes)
    assert merkle.climb(hashes[place], path) == merkle.tree_hash(hashes)
    other = data.draw(st.binary(max_size=40).filter(lambda item: item != items[place]))
    assert merkle.climb(merkle.leaf_hash(other), path) != merkle.tree_hash(hashes)
    assert len(path) <= (len(items) - 1).bit_length()


@given(some, st.data())
def test_a_changed_step_leads_elsewhere(items: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(item) for item in items]
    path = merkle.path_of(data.draw(st.integers(0, len(items) - 1)), hashes)
    if not path:
        return
    at = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    step = path[at]
    flipped = bytes(byte ^ (1 << bit % 8) * (index == bit // 8) for index, byte in enumerate(step.hash))
    changed = [*path[:at], step._replace(hash=flipped), *path[at + 1 :]]
    start = hashes[0]
    assert merkle.climb(start, changed) != merkle.climb(start, path)


@given(leaves, leaves)
def test_two_lists_have_one_top_only_if_they_are_one_list(one: list[bytes], other: list[bytes]) -> None:
    assert (top(one) == top(other)) == (one == other)


@given(some, st.data())
def test_a_leaf_changed_left_out_doubled_or_moved_is_another_top(
    items: list[bytes], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    before = top(items)
    assert top([*items[:place], items[place] + b"!", *items[place + 1 :]]) != before
    assert top([*items[:place], *items[place + 1 :]]) != before
    assert top([*items, items[-1]]) != before, "a last leaf is never doubled to fill up a level"
    moved = [*items[:place], *items[place + 1 :], items[place]]
    assert (top(moved) == before) == (moved == items)


@given(st.lists(st.binary(max_size=40), min_size=2, max_size=40))
def test_no_node_passes_for_a_leaf(items: list[bytes]) -> None:
    hashes = [merkle.leaf_hash(item) for item in items]
    forged = hashes[0] + hashes[1]
    assert merkle.leaf_hash(forged) != merkle.node_hash(hashes[0], hashes[1])
    assert top([forged, *items[2:]]) != top(items)


def test_a_root_seals_the_root_before_it_the_day_and_the_tree() -> None:
    tree, day = top([b"a"]), date(2026, 3, 2).isoformat()
    first = merkle.root_hash(b"", day, tree)
    assert len({first, merkle.root_hash(first, day, tree), merkle.root_hash(b"", "2026-03-03", tree)}) == 3
    assert first != merkle.root_hash(b"", day, top([b"b"]))
    with pytest.raises(IndexError):
        merkle.path_of(0, [])
