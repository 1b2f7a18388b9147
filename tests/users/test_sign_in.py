"""Signing in: who becomes whom, what is used up, and what a challenge may say."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from apps.core.errors import AdapterError, DomainError, PermissionRefused
from apps.operations.models import AuditEvent
from apps.users.adapters import wallets
from apps.users.errors import ChainUnavailable, SignInRefused
from apps.users.models import Challenge, LinkedWallet, RefreshToken, Session, User
from apps.users.services import proofs
from apps.users.services.sign_in import link_wallet, sign_in
from tests.users.signing import CLIENT, NOW, URI, ask, enter, sign, twin, wallet

pytestmark = pytest.mark.django_db


def refusal(message: str, signature: str, **changes: Any) -> str:
    """The code of a refused sign-in."""
    with pytest.raises(DomainError) as refused:
        sign_in(message=message, signature=signature, client=CLIENT, now=changes.get("now", NOW))
    return refused.value.code


def test_a_first_sign_in_makes_a_person_and_the_next_finds_them() -> None:
    first, second = enter(wallet()), enter(wallet())
    assert (first.is_new_user, second.is_new_user) == (True, False)
    assert first.user == second.user and first.session != second.session
    assert not first.user.has_usable_password()
    assert LinkedWallet.objects.get().address == wallet().address.lower()
    assert first.session.expires_at == first.refresh_expires_at == NOW + timedelta(days=30)
    assert first.access_expires_at == NOW + timedelta(minutes=10)
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    opened = "users.session.opened"
    assert verbs == ["users.user.created", "users.wallet.linked", opened, opened]


def test_no_secret_of_a_sign_in_is_stored() -> None:
    opened = enter(wallet())
    stored = str([list(table.objects.values()) for table in (Session, RefreshToken, AuditEvent, User)])
    assert opened.refresh not in stored and opened.access not in stored
    assert RefreshToken.objects.get().digest not in opened.refresh


def test_a01_a_used_challenge_opens_nothing_again() -> None:
    challenge = ask(wallet())
    signature = sign(wallet(), challenge.message)
    sign_in(message=challenge.message, signature=signature, client=CLIENT, now=NOW)
    for later in (0, 1, 299):
        moment = NOW + timedelta(seconds=later)
        assert refusal(challenge.message, signature, now=moment) == "SIWE_NONCE_USED"
    assert Session.objects.count() == 1


def test_a09_the_twin_of_a_used_signature_opens_nothing() -> None:
    challenge = ask(wallet())
    signature = sign(wallet(), challenge.message)
    sign_in(message=challenge.message, signature=signature, client=CLIENT, now=NOW)
    zero_based = signature[:-2] + f"{int(signature[-2:], 16) - 27:02x}"
    for same in (twin(signature), zero_based, signature.upper().replace("0X", "0x")):
        assert refusal(challenge.message, same) == "SIWE_NONCE_USED"
    assert Session.objects.count() == 1


def test_a09_a_recovery_id_from_zero_is_the_same_proof_once() -> None:
    challenge = ask(wallet())
    signature = sign(wallet(), challenge.message)
    zero_based = signature[:-2] + f"{int(signature[-2:], 16) - 27:02x}"
    assert sign_in(message=challenge.message, signature=zero_based, client=CLIENT, now=NOW).is_new_user
    assert refusal(challenge.message, signature) == "SIWE_NONCE_USED"


def test_a06_a_challenge_runs_out_to_the_second() -> None:
    challenge = ask(wallet())
    signature = sign(wallet(), challenge.message)
    ended = NOW + timedelta(minutes=5)
    assert refusal(challenge.message, signature, now=ended) == "SIWE_TIME_INVALID"
    moment = ended - timedelta(milliseconds=1)
    assert sign_in(message=challenge.message, signature=signature, client=CLIENT, now=moment).is_new_user


def test_a07_a_challenge_serves_whom_and_what_it_was_made_for() -> None:
    ada, eve = enter(wallet(1)), enter(wallet(2))
    link = ask(wallet(3), for_user=ada.user)
    signature = sign(wallet(3), link.message)
    assert refusal(link.message, signature) == "SIWE_NONCE_UNKNOWN"
    with pytest.raises(SignInRefused, match="nonce"):
        proofs.prove(message=link.message, signature=signature, now=NOW, requested_by=eve.user)
    plain = ask(wallet(3))
    with pytest.raises(SignInRefused, match="nonce"):
        proofs.prove(
            message=plain.message, signature=sign(wallet(3), plain.message), now=NOW, requested_by=ada.user
        )
    assert proofs.prove(message=link.message, signature=signature, now=NOW, requested_by=ada.user) == link


def test_a07_nonces_hold_160_random_bits() -> None:
    nonces = {ask(wallet(number)).nonce for number in range(1, 6)}
    assert len(nonces) == 5 and all(len(bytes.fromhex(nonce)) == 20 for nonce in nonces)


@pytest.mark.parametrize("form", ["lower", "checksum"])
def test_a11_one_person_per_address_however_it_is_written(form: str) -> None:
    known = enter(wallet()).user
    address = wallet().address.lower() if form == "lower" else wallet().address
    challenge = ask(wallet(), address=address)
    assert wallet().address in challenge.message
    opened = sign_in(
        message=challenge.message, signature=sign(wallet(), challenge.message), client=CLIENT, now=NOW
    )
    assert (opened.user, opened.is_new_user) == (known, False)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("address", "0x" + wallet().address[2:].upper(), "ADDRESS_INVALID"),
        ("address", wallet().address.swapcase(), "ADDRESS_INVALID"),
        ("address", wallet().address[:-1], "ADDRESS_INVALID"),
        ("address", wallet().address + "\n", "ADDRESS_INVALID"),
        ("address", "0x" + "１" * 40, "ADDRESS_INVALID"),
        ("address", "", "ADDRESS_INVALID"),
        ("chain_id", 1, "SIWE_CHAIN_MISMATCH"),
        ("chain_id", 0, "SIWE_CHAIN_MISMATCH"),
        ("chain_id", -4326, "SIWE_CHAIN_MISMATCH"),
        ("chain_id", 2**256, "SIWE_CHAIN_MISMATCH"),
        ("domain", "evil.example", "SIWE_DOMAIN_MISMATCH"),
        ("domain", "LOCALHOST:8000", "SIWE_DOMAIN_MISMATCH"),
        ("domain", "localhost:8000\n", "SIWE_DOMAIN_MISMATCH"),
        ("uri", "http://evil.example/", "SIWE_URI_MISMATCH"),
        ("uri", "https://localhost:8000/", "SIWE_URI_MISMATCH"),
        ("uri", "http://localhost:8000.evil.example/", "SIWE_URI_MISMATCH"),
        ("uri", "http://localhost:8000@evil.example/", "SIWE_URI_MISMATCH"),
        ("uri", "http://localhost:8000\\@evil.example/", "SIWE_URI_MISMATCH"),
        ("uri", URI + "\nVersion: 1", "SIWE_URI_MISMATCH"),
        ("uri", URI + "/" + "a" * 300, "SIWE_URI_MISMATCH"),
        ("statement", "two\nlines", "STATEMENT_INVALID"),
        ("statement", "right \u202e to left", "STATEMENT_INVALID"),
        ("statement", "a" * 201, "STATEMENT_INVALID"),
    ],
)
def test_a_challenge_is_composed_of_acceptable_parts_only(field: str, value: Any, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        ask(wallet(), **{field: value})
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert Challenge.objects.count() == 0


def test_a_site_that_left_the_list_opens_nothing_for_its_open_challenges() -> None:
    challenge = ask(wallet())
    signature = sign(wallet(), challenge.message)
    with override_settings(SIGNIN_DOMAINS=["elsewhere.example"]):
        assert refusal(challenge.message, signature) == "SIWE_DOMAIN_MISMATCH"
    with override_settings(SIGNIN_CHAINS=[6343]):
        assert refusal(challenge.message, signature) == "SIWE_CHAIN_MISMATCH"
    with override_settings(SIGNIN_SCHEMES=["https"]):
        assert refusal(challenge.message, signature) == "SIWE_URI_MISMATCH"


def test_a_disabled_person_is_refused_and_the_challenge_stays() -> None:
    person = enter(wallet()).user
    User.objects.update(is_active=False)
    challenge = ask(wallet())
    with pytest.raises(PermissionRefused, match="disabled"):
        sign_in(
            message=challenge.message, signature=sign(wallet(), challenge.message), client=CLIENT, now=NOW
        )
    challenge.refresh_from_db()
    assert challenge.consumed_at is None and person.sign_ins.count() == 1


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (wallets.Proof.INVALID, "SIWE_SIGNATURE_INVALID"),
        (wallets.Proof.REJECTED, "SIWE_CONTRACT_REJECTED"),
        (wallets.Proof.UNSUPPORTED, "WALLET_TYPE_UNSUPPORTED"),
    ],
)
def test_only_a_valid_proof_opens(monkeypatch: pytest.MonkeyPatch, verdict: wallets.Proof, code: str) -> None:
    monkeypatch.setattr(wallets, "verify", lambda **asked: verdict)
    challenge = ask(wallet())
    assert refusal(challenge.message, sign(wallet(), challenge.message)) == code
    monkeypatch.setattr(wallets, "verify", lambda **asked: wallets.Proof.VALID)
    assert sign_in(message=challenge.message, signature="0xab", client=CLIENT, now=NOW).is_new_user


def test_a_chain_that_does_not_answer_leaves_the_challenge_for_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    challenge = ask(wallet())

    def silent(**asked: Any) -> wallets.Proof:
        raise AdapterError("no answer", transient=True)

    with monkeypatch.context() as patch:
        patch.setattr(wallets, "verify", silent)
        with pytest.raises(ChainUnavailable) as refused:
            sign_in(message=challenge.message, signature="0xab", client=CLIENT, now=NOW)
    assert (refused.value.status, refused.value.code, refused.value.retryable) == (
        503,
        "CHAIN_UNAVAILABLE",
        True,
    )
    signature = sign(wallet(), challenge.message)
    assert sign_in(message=challenge.message, signature=signature, client=CLIENT, now=NOW).is_new_user


def test_a14_linking_a_wallet_needs_a_fresh_sign_in() -> None:
    opened = enter(wallet())
    for minutes, code in ((10, None), (11, "REAUTH_REQUIRED")):
        moment = NOW + timedelta(minutes=minutes)
        challenge = ask(wallet(minutes), for_user=opened.user, now=moment)
        proof = {"message": challenge.message, "signature": sign(wallet(minutes), challenge.message)}
        if code is None:
            linked = link_wallet(user=opened.user, session=opened.session, client=CLIENT, now=moment, **proof)
            assert linked.user == opened.user
            continue
        for session in (opened.session, None):
            with pytest.raises(DomainError) as refused:
                link_wallet(user=opened.user, session=session, client=CLIENT, now=moment, **proof)
            assert (refused.value.code, refused.value.status) == (code, 403)
    assert LinkedWallet.objects.count() == 2


@pytest.mark.parametrize("holder", ["another person", "the same person"])
def test_a23_a_linked_wallet_is_not_linked_again(holder: str) -> None:
    opened = enter(wallet(1))
    enter(wallet(2))
    taken = wallet(2) if holder == "another person" else wallet(1)
    challenge = ask(taken, for_user=opened.user)
    with pytest.raises(DomainError) as refused:
        link_wallet(
            user=opened.user,
            session=opened.session,
            message=challenge.message,
            signature=sign(taken, challenge.message),
            client=CLIENT,
            now=NOW,
        )
    assert (refused.value.code, refused.value.status) == ("WALLET_ALREADY_LINKED", 409)
    assert LinkedWallet.objects.count() == 2


def test_a_linked_wallet_signs_the_same_person_in() -> None:
    opened = enter(wallet(1))
    challenge = ask(wallet(2), for_user=opened.user)
    proof = {"message": challenge.message, "signature": sign(wallet(2), challenge.message)}
    link_wallet(user=opened.user, session=opened.session, client=CLIENT, now=NOW, **proof)
    assert enter(wallet(2)).user == opened.user
    assert AuditEvent.objects.filter(verb="users.wallet.linked").count() == 2
