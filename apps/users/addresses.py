"""Ethereum addresses as text: lower case inside, EIP-55 capitals where people and wallets read them."""

import re

from eth_hash.auto import keccak

from apps.core.errors import InvalidInput

_SHAPE = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def lowered(address: str) -> str:
    """The address in lower case; raises InvalidInput unless it is all lower case or has the right capitals."""
    if _SHAPE.fullmatch(address):
        lower = address.lower()
        if address in {lower, checksummed(lower)}:
            return lower
    raise InvalidInput(
        "Give an address of 0x and 40 hexadecimal digits, in lower case or with the right capitals.",
        code="ADDRESS_INVALID",
        status=400,
    )


def checksummed(lower: str) -> str:
    """The EIP-55 form of an address in lower case."""
    digits = lower.removeprefix("0x")
    marks = keccak(digits.encode("ascii")).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def is_checksummed(address: str) -> bool:
    """Whether the text is an address with the right EIP-55 capitals."""
    return bool(_SHAPE.fullmatch(address)) and checksummed(address.lower()) == address
