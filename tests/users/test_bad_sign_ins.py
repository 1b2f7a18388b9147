"""Every sign-in of the table is refused with its code and leaves nothing behind; nothing of it escapes as a crash."""

import random

import pytest
from django.test import Client

from apps.core.errors import DomainError
from apps.operations import clock
from apps.operations.models import AuditEvent
from apps.users.errors import SignInRefused
from apps.users.models import LinkedWallet, RefreshToken, Session, User
from apps.users.services import proofs
from apps.users.services.sign_in import sign_in
from tests.users.bad_sign_ins import BAD_SIGN_INS, Bad
from tests.users.signing import CLIENT, NOW, ask, sign, wallet

pytestmark = pytest.mark.django_db
STATUSES = {"BODY_TOO_LARGE": 413, "ADDRESS_INVALID": 400}


def test_the_table_is_long_enough_and_names_each_once() -> None:
    assert len(BAD_SIGN_INS) >= 80
    assert len({bad.name for bad in BAD_SIGN_INS}) == len(BAD_SIGN_INS)


@pytest.mark.parametrize("bad", BAD_SIGN_INS, ids=lambda bad: bad.name)
def test_a03_to_a13_bad_sign_ins_are_refused_with_their_code(bad: Bad) -> None:
    challenge = ask(wallet())
    message = bad.message(challenge.message)
    signature = (bad.signature or signed)(message)
    with pytest.raises(DomainError) as refused:
        sign_in(message=message, signature=signature, client=CLIENT, now=NOW)
    assert (refused.value.code, refused.value.status) == (bad.code, STATUSES.get(bad.code, 401))
    for table in (Session, RefreshToken, User, LinkedWallet, AuditEvent):
        assert table.objects.count() == 0, table
    challenge.refresh_from_db()
    assert challenge.consumed_at is None


def signed(message: str) -> str:
    """The wallet's own signature of what it can sign at all."""
    try:
        return sign(wallet(), message)
    except UnicodeEncodeError:
        return "0x" + "11" * 65


def test_a08_a_corpus_of_715_junk_signatures_never_escapes() -> None:
    message = ask(wallet()).message
    rng = random.Random(7)
    lengths = [65] * 300 + [0, 1, 31, 32, 63, 64, 66, 67, 97, 130, 1000, 5000] * 20
    corpus = ["0x" + rng.randbytes(length).hex() for length in lengths]
    corpus += ["".join(chr(rng.randrange(1, 0xD7FF)) for _ in range(rng.randrange(200))) for _ in range(175)]
    assert len(corpus) == 715
    for junk in corpus:
        with pytest.raises(SignInRefused) as refused:
            proofs.prove(message=message, signature=junk, now=NOW)
        assert refused.value.code in {"SIWE_SIGNATURE_INVALID", "WALLET_TYPE_UNSUPPORTED"}


@pytest.mark.parametrize("junk", [None, [], {}, 7, 0.5, True, "", ["0x"], {"0x": 1}])
def test_a08_what_is_no_text_is_a_wrong_signature(client: Client, junk: object) -> None:
    challenge = ask(wallet(), now=clock.real_now())
    body = {"message": challenge.message, "signature": junk}
    answer = client.post("/api/v1/auth/siwe/verify", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "SIWE_SIGNATURE_INVALID")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ("a" * 16_000, 413, "BODY_TOO_LARGE"),
        ("a" * 1_000_000, 413, "BODY_TOO_LARGE"),
        ("é" * 1100, 413, "BODY_TOO_LARGE"),
        ("nonsense", 401, "SIWE_INVALID"),
        ("nul\x00", 400, "JSON_INVALID"),
        (7, 400, "VALIDATION_FAILED"),
        (None, 400, "VALIDATION_FAILED"),
        ([], 400, "VALIDATION_FAILED"),
        ("", 400, "VALIDATION_FAILED"),
    ],
)
def test_a10_messages_that_are_none_are_refused(
    client: Client, message: object, status: int, code: str
) -> None:
    body = {"message": message, "signature": "0x" + "11" * 65}
    answer = client.post("/api/v1/auth/siwe/verify", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
