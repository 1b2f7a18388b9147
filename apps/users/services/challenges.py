"""Challenges: the texts that wallets are asked to sign, each good for one act and a few minutes."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.core import limits
from apps.core.errors import InvalidInput
from apps.users import addresses, siwe_text
from apps.users.adapters import siwe_message
from apps.users.models import Challenge, User
from apps.users.types import OPEN_CHALLENGES, ChallengePurpose, ClientInfo

NONCE_BYTES = 20
LONGEST_TEXT = 200
LONGEST_URI = 255
ATTEMPTS = 20
KEEP_FOR = timedelta(minutes=10)
# One visitor may ask often, but seldom for the same address: nobody can push another person's challenges out.
CLIENT_RATE = "30/minute"
ADDRESS_RATE = "6/minute"
EVERYBODY_RATE = "3000/minute"
STATEMENTS: Mapping[str, str] = {
    ChallengePurpose.SIGN_IN: "Sign in to Pump Party.",
    ChallengePurpose.LINK_WALLET: "Link this wallet to your Pump Party account.",
}


def issue_challenge(
    *,
    address: str,
    chain_id: int,
    domain: str,
    uri: str,
    statement: str | None,
    client: ClientInfo,
    now: datetime,
    for_user: User | None = None,
) -> Challenge:
    """Compose and store the message for this address to sign, to sign in or, for `for_user`, to link the wallet.

    An address has at most OPEN_CHALLENGES open at a time: the oldest makes room. Raises InvalidInput (400) for an
    address, site, uri, chain or statement that is not acceptable, RateLimited for too many.
    """
    limits.take("users.challenge", client.rate_key, rate=CLIENT_RATE)
    lowered = addresses.lowered(address)
    _check(chain_id=chain_id, domain=domain, uri=uri, statement=statement)
    limits.take("users.challenge-of-address", f"{client.rate_key} {lowered}", rate=ADDRESS_RATE)
    limits.take("users.challenge-of-everybody", "", rate=EVERYBODY_RATE)
    purpose = ChallengePurpose.LINK_WALLET if for_user else ChallengePurpose.SIGN_IN
    issued_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    expires_at = issued_at + settings.CHALLENGE_TTL
    nonce = secrets.token_hex(NONCE_BYTES)
    message = siwe_message.compose(
        domain=domain,
        address=addresses.checksummed(lowered),
        statement=_statement(purpose, statement),
        uri=uri,
        chain_id=chain_id,
        nonce=nonce,
        issued_at=issued_at,
        expires_at=expires_at,
    )
    return _store(
        nonce=nonce,
        purpose=purpose,
        address=lowered,
        chain_id=chain_id,
        domain=domain,
        uri=uri,
        message=message,
        issued_at=issued_at,
        expires_at=expires_at,
        requested_by=for_user,
    )


@transaction.atomic
def purge_expired(*, now: datetime, limit: int = 1000) -> int:
    """Delete challenges that ran out ten minutes ago or more, `limit` at most; return how many."""
    old = Challenge.objects.filter(expires_at__lte=now - KEEP_FOR).order_by("expires_at")
    Challenge.objects.filter(pk__in=list(doomed := old.values_list("pk", flat=True)[:limit])).delete()
    return len(doomed)


def origin_of(uri: str) -> str:
    """The scheme and authority of a URI, as written: "https://site:8000"; "" where it has none."""
    scheme, mark, rest = uri.partition("://")
    for end in "/?#":
        rest = rest.partition(end)[0]
    return scheme + mark + rest if mark else ""


def is_our_origin(uri: str, *, domain: str) -> bool:
    """Whether the URI lies on the site `domain`, under a scheme of ours."""
    return origin_of(uri) in {f"{scheme}://{domain}" for scheme in settings.SIGNIN_SCHEMES}


def _check(*, chain_id: int, domain: str, uri: str, statement: str | None) -> None:
    if domain not in settings.SIGNIN_DOMAINS:
        raise InvalidInput("This site is not one of ours.", code="SIWE_DOMAIN_MISMATCH", status=400)
    if len(uri) > LONGEST_URI or not siwe_text.is_uri(uri) or not is_our_origin(uri, domain=domain):
        raise InvalidInput(f"Give an address on {domain} as uri.", code="SIWE_URI_MISMATCH", status=400)
    if chain_id not in settings.SIGNIN_CHAINS:
        chains = ", ".join(map(str, settings.SIGNIN_CHAINS))
        raise InvalidInput(f"Choose a chain among {chains}.", code="SIWE_CHAIN_MISMATCH", status=400)
    if statement and (len(statement) > LONGEST_TEXT or not siwe_text.is_statement(statement)):
        raise InvalidInput(
            f"A statement is one line of at most {LONGEST_TEXT} plain ASCII characters.",
            code="STATEMENT_INVALID",
            status=400,
        )


def _statement(purpose: str, wanted: str | None) -> str:
    """What the wallet shows. Linking always says so itself: who asks for it may not be who is asked to sign."""
    if purpose == ChallengePurpose.SIGN_IN:
        return wanted or STATEMENTS[purpose]
    return f"{STATEMENTS[purpose]} {wanted or ''}".rstrip()


def _store(**fields: Any) -> Challenge:
    """Insert into a free slot of the address; the unique slot holds the bound, however many ask at once."""
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return Challenge.objects.create(slot=_slot_for(fields["address"]), **fields)
        except IntegrityError:
            continue
    raise limits.RateLimited(retry_after=1)


def _slot_for(address: str) -> int:
    held = list(
        Challenge.objects.filter(address=address, consumed_at__isnull=True).order_by("issued_at", "pk")
    )
    free = set(range(OPEN_CHALLENGES)) - {challenge.slot for challenge in held}
    if free:
        return secrets.choice(sorted(free))
    oldest = held[0]
    Challenge.objects.filter(pk=oldest.pk, consumed_at__isnull=True).delete()
    return oldest.slot
