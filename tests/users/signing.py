"""Wallets of the tests: keys, challenges and signatures, as a person's wallet would make them."""

from datetime import UTC, datetime
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from apps.users.models import Challenge
from apps.users.services import challenges
from apps.users.services.sign_in import SignIn, sign_in
from apps.users.types import ClientInfo

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DOMAIN = "localhost:8000"
URI = "http://localhost:8000/sign-in"
CHAIN = 4326
CLIENT = ClientInfo(address="203.0.113.7", user_agent="a browser")
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def wallet(number: int = 1) -> LocalAccount:
    """The test wallet of this number: always the same key, one that everybody knows."""
    account: LocalAccount = Account.from_key(f"0x{number:064x}")
    return account


def ask(account: LocalAccount, *, now: datetime = NOW, **changes: Any) -> Challenge:
    """A challenge for the wallet."""
    asked: dict[str, Any] = {
        "address": account.address,
        "chain_id": CHAIN,
        "domain": DOMAIN,
        "uri": URI,
        "statement": None,
        "client": CLIENT,
    }
    return challenges.issue_challenge(**{**asked, **changes}, now=now)


def sign(account: LocalAccount, text: str) -> str:
    """The wallet's personal_sign of the text."""
    signature = account.sign_message(encode_defunct(text=text)).signature
    return "0x" + signature.hex().removeprefix("0x")


def enter(account: LocalAccount, *, now: datetime = NOW, client: ClientInfo = CLIENT) -> SignIn:
    """A whole sign-in of the wallet."""
    challenge = ask(account, now=now, client=client)
    return sign_in(
        message=challenge.message, signature=sign(account, challenge.message), client=client, now=now
    )


def twin(signature: str) -> str:
    """The same proof in other bytes: s in the upper half of the curve, the recovery id flipped."""
    raw = bytes.fromhex(signature[2:])
    s = CURVE_ORDER - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()
