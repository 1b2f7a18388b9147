"""Reading the settings of sign-in: which sites, chains and keys; a value that would open a door is refused."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from pumpparty import environment as env

SHORTEST_SECRET = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_AUTHORITY = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)


def domains(*, production: bool, hosts: Iterable[str]) -> list[str]:
    """The authorities (host[:port]) that a wallet may sign for: PUMPPARTY_SIGNIN_DOMAINS.

    Outside production every allowed host is one, bare and with the port of this arena.
    """
    named = env.names("PUMPPARTY_SIGNIN_DOMAINS")
    if not named and production:
        raise ImproperlyConfigured("PUMPPARTY_SIGNIN_DOMAINS must be set when PUMPPARTY_PRODUCTION=1.")
    if not named:
        port = env.whole_number("PUMPPARTY_PORT", default=8000, low=1, high=65535)
        named = [name for host in hosts if host.strip("*.") == host for name in (host, f"{host}:{port}")]
    for name in named:
        if not _AUTHORITY.fullmatch(name):
            raise ImproperlyConfigured(f"PUMPPARTY_SIGNIN_DOMAINS holds {name!r}, which is no host[:port].")
    return named


def chains() -> list[int]:
    """The chain ids on which a wallet may sign in: PUMPPARTY_SIGNIN_CHAINS, by default both of MegaETH."""
    named = env.names("PUMPPARTY_SIGNIN_CHAINS", "4326,6343")
    return [_chain("PUMPPARTY_SIGNIN_CHAINS", name) for name in named]


def chain_rpc_urls() -> dict[int, str]:
    """Where contracts of each chain are asked: PUMPPARTY_CHAIN_RPC="4326=https://...,6343=https://..."."""
    found: dict[int, str] = {}
    for entry in env.names("PUMPPARTY_CHAIN_RPC"):
        number, _, url = entry.partition("=")
        found[_chain("PUMPPARTY_CHAIN_RPC", number.strip())] = _url("PUMPPARTY_CHAIN_RPC", url.strip())
    return found


def relay_url() -> str:
    """Where Porto's signatures are asked: PUMPPARTY_PORTO_RELAY, nowhere by default."""
    url = env.text("PUMPPARTY_PORTO_RELAY")
    return _url("PUMPPARTY_PORTO_RELAY", url) if url else ""


def access_keys(*, production: bool, secret_key: str) -> list[tuple[str, str]]:
    """The keys of access tokens, (id, secret): PUMPPARTY_ACCESS_KEYS="id:secret,..."; the first signs, all verify.

    Outside production one is derived from the secret key.
    """
    entries = env.names("PUMPPARTY_ACCESS_KEYS")
    if not entries and production:
        raise ImproperlyConfigured("PUMPPARTY_ACCESS_KEYS must be set when PUMPPARTY_PRODUCTION=1.")
    if not entries:
        derived = hmac.new(secret_key.encode(), b"pumpparty access tokens", hashlib.sha256)
        return [("derived", derived.hexdigest())]
    found = []
    for entry in entries:
        name, _, secret = entry.partition(":")
        if not _KEY_ID.fullmatch(name) or len(secret) < SHORTEST_SECRET:
            raise ImproperlyConfigured(
                f"PUMPPARTY_ACCESS_KEYS wants id:secret with at least {SHORTEST_SECRET} characters of secret."
            )
        found.append((name, secret))
    if len({name for name, _ in found}) != len(found):
        raise ImproperlyConfigured("PUMPPARTY_ACCESS_KEYS names a key twice.")
    return found


def development_user_header(*, production: bool) -> bool:
    """Whether X-User-Id signs anybody in: PUMPPARTY_DEV_USER_HEADER, impossible in production."""
    wanted = env.flag("PUMPPARTY_DEV_USER_HEADER")
    if wanted and production:
        raise ImproperlyConfigured("PUMPPARTY_DEV_USER_HEADER must not be set when PUMPPARTY_PRODUCTION=1.")
    return wanted


def _chain(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 2**53:
        raise ImproperlyConfigured(f"{name} holds {text!r}, which is no chain id.")
    return int(text)


def _url(name: str, text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).netloc:
        raise ImproperlyConfigured(f"{name} holds {text!r}, which is no http address.")
    return text
