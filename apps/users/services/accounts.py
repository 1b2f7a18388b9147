"""Making users and linking the wallets they proved."""

import re
from datetime import datetime

from django.db import transaction

from apps.core.errors import Conflict, InvalidInput
from apps.operations import audit
from apps.users.models import LinkedWallet, User

_ADDRESS = re.compile(r"0x[0-9a-f]{40}", re.ASCII)


@transaction.atomic
def create_user(*, username: str, by: audit.Actor, now: datetime, password: str | None = None) -> User:
    """Create a player; without a password nobody can sign in. Raises Conflict for a name in use."""
    if User.objects.filter(username=username).exists():
        raise Conflict(f"A user called {username} exists; choose another name.", code="NAME_TAKEN")
    user = User(username=username, date_joined=now)
    user.set_password(password)
    user.save(force_insert=True)
    audit.record(verb="users.user.created", by=by, subject=user, now=now)
    return user


@transaction.atomic
def link_wallet(*, user: User, address: str, chain_id: int, by: audit.Actor, now: datetime) -> LinkedWallet:
    """Record an address that the user has proved; linking it again to the same user returns the same row.

    Raises InvalidInput for anything but 0x and 40 hexadecimal digits, Conflict when another user holds it.
    """
    lowered = address.lower()
    if _ADDRESS.fullmatch(lowered) is None or chain_id < 1:
        raise InvalidInput("Give an address of 0x and 40 hexadecimal digits.", code="ADDRESS_INVALID")
    wallet, created = LinkedWallet.objects.get_or_create(
        address=lowered, defaults={"user": user, "chain_id": chain_id, "linked_at": now}
    )
    if wallet.user_id != user.pk:
        raise Conflict("This address is linked to another user.", code="WALLET_ALREADY_LINKED")
    if created:
        audit.record(verb="users.wallet.linked", by=by, subject=user, detail={"address": lowered}, now=now)
    return wallet
