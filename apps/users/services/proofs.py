"""Checking a signed challenge: cheapest first, field by field, and byte by byte before any signature is looked at."""

import hmac
import re
from datetime import datetime, timedelta

from django.conf import settings

from apps.core.errors import AdapterError, InvalidInput
from apps.core.json_strict import TooLarge
from apps.users import siwe_text
from apps.users.adapters import wallets
from apps.users.errors import ChainUnavailable, SignInRefused
from apps.users.models import Challenge, User
from apps.users.services.challenges import is_our_origin
from apps.users.siwe_text import SiweText, SiweTextFault
from apps.users.types import ChallengePurpose

LARGEST_MESSAGE = 2048
SKEW = timedelta(seconds=60)
LONGEST_VALIDITY = timedelta(minutes=10)
_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{2})+", re.ASCII)
_CODES = {
    "domain": "SIWE_DOMAIN_MISMATCH",
    "uri": "SIWE_URI_MISMATCH",
    "chain_id": "SIWE_CHAIN_MISMATCH",
    "nonce": "SIWE_NONCE_UNKNOWN",
    "issued_at": "SIWE_TIME_INVALID",
    "expiration_time": "SIWE_TIME_INVALID",
    "not_before": "SIWE_TIME_INVALID",
}
_REFUSALS = {
    wallets.Proof.INVALID: ("The signature is not this address's.", "SIWE_SIGNATURE_INVALID"),
    wallets.Proof.REJECTED: ("The wallet contract refuses the signature.", "SIWE_CONTRACT_REJECTED"),
    wallets.Proof.UNSUPPORTED: (
        "This kind of wallet cannot be checked here; use a plain account.",
        "WALLET_TYPE_UNSUPPORTED",
    ),
}


def prove(*, message: str, signature: str, now: datetime, requested_by: User | None = None) -> Challenge:
    """The unused challenge that `message` is and that its address signed: a sign-in, or a link `requested_by` a user.

    Raises TooLarge above 2 KiB, SignInRefused (401) with the code of the first field that is wrong, InvalidInput
    (400 ADDRESS_INVALID) for an address that is none, ChainUnavailable (503) when nobody can say.
    """
    if len(message) > LARGEST_MESSAGE or len(message.encode("utf-8", "surrogatepass")) > LARGEST_MESSAGE:
        raise TooLarge(f"A message is at most {LARGEST_MESSAGE} bytes.")
    text = _read(message)
    challenge = _challenge_of(text, requested_by)
    _check_fields(text, challenge, now)
    if not hmac.compare_digest(message.encode(), challenge.message.encode()):
        raise SignInRefused("This is not the text that was asked for.")
    _check_signature(challenge, signature)
    return challenge


def _read(message: str) -> SiweText:
    try:
        return siwe_text.read(message)
    except SiweTextFault as fault:
        if fault.part == "address":
            raise InvalidInput(str(fault), code="ADDRESS_INVALID", status=400) from None
        raise SignInRefused(str(fault), code=_CODES.get(fault.part, SignInRefused.code)) from None


def _challenge_of(text: SiweText, requested_by: User | None) -> Challenge:
    purpose = ChallengePurpose.LINK_WALLET if requested_by else ChallengePurpose.SIGN_IN
    challenge = Challenge.objects.filter(nonce=text.nonce, purpose=purpose, requested_by=requested_by).first()
    if challenge is None:
        raise _refused("nonce", "This nonce was not issued here; ask for a new challenge.")
    if challenge.consumed_at is not None:
        raise nonce_used()
    return challenge


def nonce_used() -> SignInRefused:
    """The refusal of a challenge that has done its work."""
    return SignInRefused("This challenge was used; ask for a new one.", code="SIWE_NONCE_USED")


def _check_fields(text: SiweText, challenge: Challenge, now: datetime) -> None:
    if text.domain not in settings.SIGNIN_DOMAINS or text.domain != challenge.domain:
        raise _refused("domain", "The message is for another site.")
    if text.uri != challenge.uri or not is_our_origin(text.uri, domain=text.domain):
        raise _refused("uri", "The message is for another address of the site.")
    if text.chain_id not in settings.SIGNIN_CHAINS or text.chain_id != challenge.chain_id:
        raise _refused("chain_id", "The message is for another chain.")
    if not _is_timely(text, now):
        raise _refused("issued_at", "The message has run out or is not valid yet; ask for a new challenge.")
    if text.address.lower() != challenge.address:
        raise SignInRefused("The message names another address.")


def _is_timely(text: SiweText, now: datetime) -> bool:
    if text.expires_at is None or not now < text.expires_at <= now + LONGEST_VALIDITY:
        return False
    if text.not_before is not None and text.not_before > now:
        return False
    return now - settings.CHALLENGE_TTL <= text.issued_at <= now + SKEW


def _check_signature(challenge: Challenge, signature: str) -> None:
    if not _SIGNATURE.fullmatch(signature):
        raise SignInRefused("Send the signature as 0x and hexadecimal digits.", code="SIWE_SIGNATURE_INVALID")
    try:
        proof = wallets.verify(
            address=challenge.address,
            chain_id=challenge.chain_id,
            message=challenge.message,
            signature=bytes.fromhex(signature[2:]),
        )
    except AdapterError:
        # Whatever failed outside, nothing was proved; the challenge stays open for another try.
        raise ChainUnavailable("The wallet's contract cannot be asked now; try again shortly.") from None
    if proof is not wallets.Proof.VALID:
        detail, code = _REFUSALS[proof]
        raise SignInRefused(detail, code=code)


def _refused(part: str, detail: str) -> SignInRefused:
    return SignInRefused(detail, code=_CODES[part])
