"""Addresses of our own pages that carry somebody else's words."""

from urllib.parse import quote


def account(public_id: str) -> str:
    """The page of a prop account."""
    return f"/accounts/{public_id}"


def decision(public_id: str) -> str:
    """The page that executes a decision again."""
    return f"/decisions/{public_id}"


def market(symbol: str) -> str:
    """The page of an asset."""
    return f"/market/{quote(symbol, safe='')}"


def audition(public_id: str) -> str:
    """The page of an audition."""
    return f"/auditions/{public_id}"


def rulebook(digest: str) -> str:
    """The page of a published rulebook."""
    return f"/rulebooks/{digest}"
