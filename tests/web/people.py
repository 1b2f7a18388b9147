"""People on the pages: a wallet that signs in through the door."""

from typing import Any

from django.test import Client
from eth_account.signers.local import LocalAccount

from apps.core import limits
from apps.operations import clock
from apps.users.models import User
from tests.users.signing import ask, sign


def complete(client: Client, account: LocalAccount, **changes: str) -> Any:
    """Hand the wallet's proof in at the door; returns the answer."""
    limits.forget()
    issued = ask(account, now=clock.real_now())
    form = {"message": issued.message, "signature": sign(account, issued.message)}
    return client.post("/sign-in/complete", {**form, **changes})


def enter(client: Client, account: LocalAccount) -> User:
    """Sign the wallet in on the client's pages."""
    answer = complete(client, account)
    assert answer.status_code == 200, answer.content
    return User.objects.get(wallets__address=account.address.lower())
