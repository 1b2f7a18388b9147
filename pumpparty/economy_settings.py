"""Reading the settings of the money path: which vaults count, who is asked about them, and who signs what leaves them."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from pumpparty import environment as env

NAME = "PUMPPARTY_VAULTS"
FINALITY = ("depth", "safe", "finalized")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_HASH = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
# key -> (default, lowest, highest); wei and blocks
_NUMBERS: dict[str, tuple[int | None, int, int]] = {
    "chainId": (None, 1, 2**53 - 1),
    "confirmations": (12, 1, 10_000),
    "startBlock": (0, 0, 2**53 - 1),
    "overlap": (128, 1, 10_000),
    "mostBlocks": (100, 1, 10_000),
    "agreeAboveWei": (10**17, 0, 2**256 - 1),
}
_OTHERS = frozenset({"address", "codeHash", "resolver", "rpc", "finality", "abi", "closed"})
_BEHIND_TAGS = 128
"""How far a chain's own tag may be behind its head: deposits wait so long, and are read again all the while."""


def vaults(*, production: bool) -> list[dict[str, Any]]:
    """The vaults of PUMPPARTY_VAULTS, a JSON list of objects; none by default, and then nothing can be paid.

    Each has `chainId`, `address`, `codeHash`, `resolver` and `rpc` (a list of addresses, all https in production);
    optional are `confirmations`, `finality` ("depth", "safe" or "finalized"), `startBlock`, `overlap`, `mostBlocks`,
    `agreeAboveWei`, `abi` (a file of the interface, where it is not our own vault's) and `closed` (no new offers). Of the
    vaults of one chain one at most is not closed, and no two have the same address and resolver.
    """
    text = env.text(NAME)
    if not text:
        return []
    try:
        listed = json.loads(text)
    except ValueError:
        raise ImproperlyConfigured(f"{NAME} must be a JSON list.") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ImproperlyConfigured(f"{NAME} must be a JSON list of objects.")
    found = [_vault(one, production=production) for one in listed]
    if len({(one["chain_id"], one["address"], one["resolver"]) for one in found}) != len(found):
        raise ImproperlyConfigured(f"{NAME} names a vault twice.")
    taking = [one["chain_id"] for one in found if not one["closed"]]
    if len(set(taking)) != len(taking):
        raise ImproperlyConfigured(f"{NAME} names a chain twice; all its vaults but one must be closed.")
    return found


def resolver_key() -> str:
    """The private keys of the resolvers, PUMPPARTY_RESOLVER_KEY, with commas between them and no blanks.

    Only the signer of refunds reads them, nothing shows them.
    """
    keys = [key.strip() for key in env.text("PUMPPARTY_RESOLVER_KEY").split(",") if key.strip()]
    if not all(_HASH.fullmatch(key) for key in keys):
        raise ImproperlyConfigured(
            "PUMPPARTY_RESOLVER_KEY must be 0x and 64 hexadecimal digits, or several such with commas between them."
        )
    return ",".join(keys)


def _vault(said: Mapping[str, Any], *, production: bool) -> dict[str, Any]:
    unknown = set(said) - set(_NUMBERS) - _OTHERS
    if unknown:
        raise ImproperlyConfigured(f"{NAME} does not know {sorted(unknown)}.")
    numbers = {key: _number(said, key) for key in _NUMBERS}
    finality = said.get("finality", "depth")
    if finality not in FINALITY:
        raise ImproperlyConfigured(f"{NAME}: finality must be one of {', '.join(FINALITY)}.")
    if numbers["overlap"] < numbers["confirmations"]:
        raise ImproperlyConfigured(f"{NAME}: overlap must reach back over every unconfirmed block.")
    if finality != "depth" and numbers["overlap"] < _BEHIND_TAGS:
        raise ImproperlyConfigured(f"{NAME}: overlap must be {_BEHIND_TAGS} or more where finality is a tag.")
    if not isinstance(said.get("closed", False), bool):
        raise ImproperlyConfigured(f"{NAME}: closed must be true or false.")
    return {
        "chain_id": numbers["chainId"],
        "address": _shaped(said, "address", _ADDRESS),
        "code_hash": _shaped(said, "codeHash", _HASH),
        "resolver": _shaped(said, "resolver", _ADDRESS),
        "rpc_urls": _servers(said, production=production),
        "confirmations": numbers["confirmations"],
        "finality": finality,
        "start_block": numbers["startBlock"],
        "overlap": numbers["overlap"],
        "most_blocks": numbers["mostBlocks"],
        "agree_above_wei": numbers["agreeAboveWei"],
        "abi_path": str(said.get("abi", "")),
        "closed": said.get("closed", False),
    }


def _number(said: Mapping[str, Any], key: str) -> int:
    default, low, high = _NUMBERS[key]
    value = said.get(key, default)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)  # wei outgrow what other writers of JSON keep exact
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ImproperlyConfigured(f"{NAME}: {key} must be a whole number from {low} to {high}.")
    return value


def _shaped(said: Mapping[str, Any], key: str, shape: re.Pattern[str]) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise ImproperlyConfigured(f"{NAME}: {key} is missing or malformed.")
    return value.lower()


def _servers(said: Mapping[str, Any], *, production: bool) -> tuple[str, ...]:
    urls = said.get("rpc")
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        raise ImproperlyConfigured(f"{NAME}: rpc must list at least one address.")
    schemes = {"https"} if production else {"http", "https"}
    if any(urlsplit(url).scheme not in schemes or not urlsplit(url).netloc for url in urls):
        raise ImproperlyConfigured(f"{NAME}: rpc must hold {' or '.join(sorted(schemes))} addresses.")
    parts = [urlsplit(url) for url in urls]
    voices = {(part.hostname, part.port or {"http": 80, "https": 443}[part.scheme]) for part in parts}
    if len(voices) != len(urls):
        raise ImproperlyConfigured(f"{NAME}: rpc names a server twice; two addresses of one are one voice.")
    return tuple(urls)
