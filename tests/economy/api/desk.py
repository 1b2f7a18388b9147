"""A person who calls the API of economy with an access token."""

import itertools
import json
from typing import Any

from django.test import Client

from apps.economy.models import Quote
from apps.operations import clock
from tests.economy.world import FakeChain
from tests.users.signing import enter, wallet

API = "/api/v1/economy/"
WANTED = {"tier": "starter", "assetCapacity": 1, "modelStrength": "light"}
_keys = itertools.count(1)


class Desk:
    """The person whose wallet has this number; every request has a fresh Idempotency-Key unless one is named."""

    def __init__(self, number: int) -> None:
        signed_in = enter(wallet(number), now=clock.real_now())
        self.number, self.user = number, signed_in.user
        self.address = wallet(number).address.lower()
        self.client = Client(headers={"Authorization": f"Bearer {signed_in.access}"})
        self.client.raise_request_exception = True

    def get(self, path: str) -> Any:
        """The answer to a read."""
        return self.client.get(API + path)

    def post(self, path: str, body: Any, *, key: str | None = "") -> Any:
        """The answer to an act; without the header where `key` is None."""
        chosen = f"key-{next(_keys)}" if key == "" else key
        headers = {} if chosen is None else {"Idempotency-Key": chosen}
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic("POST", API + path, sent, content_type="application/json", headers=headers)

    def offer(self, **changes: Any) -> Quote:
        """An offer for a new clone."""
        named = {"createClone": {"name": f"Trader {self.number}"}}
        answer = self.post("audition-fee/quote", {**WANTED, **named, **changes})
        assert answer.status_code == 201, answer.content
        return Quote.objects.get(public_id=answer.json()["id"])

    def submit(self, quote: Quote, *, key: str | None = "", **changes: Any) -> Any:
        """The answer to saying that the offer was paid; a change to None leaves the field out."""
        body = {**repeated(quote), **changes}
        return self.post("audition-fee/submit", {k: v for k, v in body.items() if v is not None}, key=key)


def repeated(quote: Quote) -> dict[str, Any]:
    """The offer as a submission repeats it."""
    body: dict[str, Any] = {
        "tier": quote.tier,
        "assetCapacity": quote.asset_capacity,
        "modelStrength": quote.model_strength,
        "depositNonce": str(quote.nonce),
    }
    if quote.clone is not None:
        return {**body, "cloneId": quote.clone.public_id}
    return {**body, "createClone": {"name": quote.clone_name, "description": quote.clone_description}}


def bury(chain: FakeChain) -> None:
    """Blocks upon the last payment, as many as make it final."""
    chain.mine(chain.vault.confirmations - 1)


def told(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal, or of an answer that is still to come."""
    return answer.status_code, answer.json()["code"]
