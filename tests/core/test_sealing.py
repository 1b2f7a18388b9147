"""Sealed texts: unreadable, tamper-proof, and readable through a change of keys."""

import pytest
from cryptography.fernet import Fernet

from apps.core import sealing

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TEXT = "a token of somebody, é"


def test_what_is_sealed_cannot_be_read_and_comes_back() -> None:
    sealed = sealing.seal(TEXT, keys=[OLD])
    assert "token" not in sealed
    assert sealed != sealing.seal(TEXT, keys=[OLD])
    assert sealing.unseal(sealed, keys=[OLD]) == TEXT


def test_keys_rotate_the_first_seals_and_all_open() -> None:
    before = sealing.seal(TEXT, keys=[OLD])
    assert sealing.unseal(before, keys=[NEW, OLD]) == TEXT
    after = sealing.seal(TEXT, keys=[NEW, OLD])
    assert sealing.unseal(after, keys=[NEW]) == TEXT
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(before, keys=[NEW])


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_a_changed_seal_does_not_open(place: int) -> None:
    sealed = list(sealing.seal(TEXT, keys=[OLD]))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    with pytest.raises(sealing.SealBroken):
        sealing.unseal("".join(sealed), keys=[OLD])


def test_an_empty_seal_does_not_open() -> None:
    with pytest.raises(sealing.SealBroken):
        sealing.unseal("", keys=[OLD])


def test_a_key_must_be_a_key() -> None:
    with pytest.raises(ValueError, match="32"):
        sealing.seal(TEXT, keys=["short"])


def test_derived_keys_differ_by_label_and_by_secret() -> None:
    keys = {sealing.derived_key(secret, label=label) for secret in "ab" for label in "xy"}
    assert len(keys) == 4
    assert sealing.unseal(sealing.seal(TEXT, keys=sorted(keys)), keys=sorted(keys)) == TEXT
    assert sealing.derived_key("a", label="x") == sealing.derived_key("a", label="x")
