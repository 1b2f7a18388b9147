"""Signing in with a wallet, and linking another wallet to a signed-in person."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.core import limits
from apps.core.errors import Conflict, PermissionRefused
from apps.operations import audit
from apps.users.models import Challenge, LinkedWallet, Session, User
from apps.users.services import proofs, sessions
from apps.users.services.rotation import Tokens, issue_tokens
from apps.users.types import ClientInfo

VERIFY_RATE = "30/minute"
NAME_LETTERS = 10


@dataclass(frozen=True, slots=True)
class SignIn:
    """A fresh sign-in: who, the session, its two tokens with their ends, and whether the person is new here."""

    user: User
    session: Session
    access: str
    access_expires_at: datetime
    refresh: str
    refresh_expires_at: datetime
    is_new_user: bool


def sign_in(*, message: str, signature: str, client: ClientInfo, now: datetime) -> SignIn:
    """Open a session for the address that signed its challenge; an address never seen becomes a new user.

    Raises what `proofs.prove` raises, SignInRefused SIWE_NONCE_USED for the loser of a race, PermissionRefused
    USER_DISABLED, RateLimited.
    """
    limits.take("users.verify", client.rate_key, rate=VERIFY_RATE)
    challenge = proofs.prove(message=message, signature=signature, now=now)
    with transaction.atomic():
        _consume(challenge, now)
        wallet, is_new = _wallet_of(challenge, now)
        if not wallet.user.is_active:
            raise PermissionRefused("This account is disabled.", code="USER_DISABLED")
        session, secret = sessions.open_session(user=wallet.user, wallet=wallet, client=client, now=now)
    tokens = issue_tokens(session=session, refresh=secret, now=now)
    return _signed_in(tokens, is_new)


def link_wallet(
    *, user: User, session: Session | None, message: str, signature: str, client: ClientInfo, now: datetime
) -> LinkedWallet:
    """Link the address that signed the user's own challenge; the sign-in behind it must be fresh.

    Raises ReauthRequired, Conflict WALLET_ALREADY_LINKED whoever holds the address, and what `proofs.prove` raises.
    """
    sessions.require_fresh(session=session, now=now)
    limits.take("users.verify", client.rate_key, rate=VERIFY_RATE)
    challenge = proofs.prove(message=message, signature=signature, now=now, requested_by=user)
    try:
        with transaction.atomic():
            _consume(challenge, now)
            wallet = LinkedWallet.objects.create(
                user=user, address=challenge.address, chain_id=challenge.chain_id, linked_at=now
            )
            _record_link(wallet, now)
    except IntegrityError:
        raise Conflict("This address is linked already.", code="WALLET_ALREADY_LINKED") from None
    return wallet


def _consume(challenge: Challenge, now: datetime) -> None:
    """Use the challenge up: of many who hold the same proof, this one UPDATE lets one through."""
    open_row = Challenge.objects.filter(pk=challenge.pk, consumed_at__isnull=True, expires_at__gt=now)
    if not open_row.update(consumed_at=now):
        raise proofs.nonce_used()


def _wallet_of(challenge: Challenge, now: datetime) -> tuple[LinkedWallet, bool]:
    """The wallet of the address, made with a new user where there is none; true when it was made now."""
    known = LinkedWallet.objects.select_related("user").filter(address=challenge.address)
    wallet = known.first()
    if wallet is not None:
        return wallet, False
    try:
        with transaction.atomic():
            return _new_person(challenge, now), True
    except IntegrityError:
        # Two first sign-ins of one address at once: the unique address let the other through, and it is the same person.
        return known.get(), False


def _new_person(challenge: Challenge, now: datetime) -> LinkedWallet:
    user = User(date_joined=now)
    user.username = f"player-{user.public_id.partition('_')[2][:NAME_LETTERS]}"
    user.set_unusable_password()
    user.save(force_insert=True)
    wallet = LinkedWallet.objects.create(
        user=user, address=challenge.address, chain_id=challenge.chain_id, linked_at=now
    )
    audit.record(verb="users.user.created", by=audit.Actor.user(user), subject=user, now=now)
    _record_link(wallet, now)
    return wallet


def _record_link(wallet: LinkedWallet, now: datetime) -> None:
    detail = {"address": wallet.address}
    audit.record(
        verb="users.wallet.linked",
        by=audit.Actor.user(wallet.user),
        subject=wallet.user,
        detail=detail,
        now=now,
    )


def _signed_in(tokens: Tokens, is_new: bool) -> SignIn:
    return SignIn(
        user=tokens.session.user,
        session=tokens.session,
        access=tokens.access,
        access_expires_at=tokens.access_expires_at,
        refresh=tokens.refresh,
        refresh_expires_at=tokens.refresh_expires_at,
        is_new_user=is_new,
    )
