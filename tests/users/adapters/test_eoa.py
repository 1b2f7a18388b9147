"""Plain accounts: one canonical signature counts, everything else is a quiet no."""

import random

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from apps.users.adapters.wallets import Proof, verify
from apps.users.adapters.wallets.eoa import CURVE_ORDER, prove

KEY = Account.from_key("0x" + "42" * 32)
MESSAGE = f"arena.test wants you to sign in with your Ethereum account:\n{KEY.address}\n"


def signed(message: str = MESSAGE) -> bytes:
    return bytes(KEY.sign_message(encode_defunct(text=message)).signature)


def ask(signature: bytes, *, message: str = MESSAGE, address: str = KEY.address) -> Proof:
    return verify(address=address, chain_id=4326, message=message, signature=signature)


def test_the_owner_is_recognised_in_any_spelling_of_the_address() -> None:
    for address in (KEY.address, KEY.address.lower(), "0x" + KEY.address[2:].upper()):
        assert ask(signed(), address=address) is Proof.VALID


def test_another_message_or_another_address_is_refused() -> None:
    assert ask(signed(), message=MESSAGE + " ") is Proof.INVALID
    assert ask(signed(), address=Account.from_key("0x" + "43" * 32).address) is Proof.INVALID


def test_a_message_that_is_no_text_is_refused() -> None:
    assert prove(address=KEY.address, message="\ud800", signature=signed()) is Proof.INVALID


@pytest.mark.parametrize("v", [0, 1, 27, 28])
def test_a09_the_recovery_id_is_read_in_both_its_spellings(v: int) -> None:
    good = signed()
    right = v % 27 == good[64] % 27
    assert ask(good[:64] + bytes([v])) is (Proof.VALID if right else Proof.INVALID)


@pytest.mark.parametrize("v", [2, 3, 26, 29, 35, 36, 37, 38, 255])
def test_a09_no_other_recovery_id_counts(v: int) -> None:
    assert ask(signed()[:64] + bytes([v])) is Proof.INVALID


def test_a09_the_high_s_twin_is_refused_though_it_recovers_to_the_owner() -> None:
    good = signed()
    s = int.from_bytes(good[32:64], "big")
    twin = good[:32] + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([55 - good[64]])
    assert Account.recover_message(encode_defunct(text=MESSAGE), signature=twin) == KEY.address
    assert ask(twin) is Proof.INVALID


@pytest.mark.parametrize(
    "r_s",
    [
        (0, 1),
        (1, 0),
        (CURVE_ORDER, 1),
        (1, CURVE_ORDER),
        (2**256 - 1, 2**256 - 1),
        (CURVE_ORDER - 1, CURVE_ORDER // 2 + 1),
        (5, 1),  # 5 is on no point of the curve
    ],
)
def test_a08_numbers_out_of_range_are_refused(r_s: tuple[int, int]) -> None:
    r, s = (number.to_bytes(32, "big") for number in r_s)
    assert {ask(r + s + bytes([v])) for v in (0, 1, 27, 28)} == {Proof.INVALID}


@pytest.mark.parametrize("length", [0, 1, 32, 63, 64, 66])
def test_a08_a_signature_of_about_that_length_is_a_broken_one(length: int) -> None:
    assert ask((signed() + b"\x00")[:length]) is Proof.INVALID


@pytest.mark.parametrize(("length", "proof"), [(67, Proof.UNSUPPORTED), (4096, Proof.UNSUPPORTED)])
def test_a13_a_contract_signature_is_unsupported_where_nobody_can_be_asked(length: int, proof: Proof) -> None:
    assert ask(b"\x01" * length) is proof


def test_a08_a_signature_beyond_the_cap_is_refused_unread() -> None:
    assert ask(b"\x01" * 4097) is Proof.INVALID


def test_a08_a_corpus_of_715_junk_signatures_never_raises_and_never_passes() -> None:
    dice = random.Random(8)
    good = signed()
    corpus = [dice.randbytes(65) for _ in range(400)]
    corpus += [dice.randbytes(64) + bytes([dice.choice([0, 1, 27, 28])]) for _ in range(200)]
    for _ in range(115):
        place = dice.randrange(64)
        corpus.append(good[:place] + bytes([good[place] ^ 1 << dice.randrange(8)]) + good[place + 1 :])
    assert len(corpus) == 715
    assert {ask(one) for one in corpus} == {Proof.INVALID}
