"""Where a request comes from: the address that our own proxies vouch for, never what a visitor writes."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV6_NETWORK_BITS = 64


def client_address(request: HttpRequest) -> str:
    """The client's address, or "" where the server knows none (a unix socket without a proxy).

    Each of the TRUSTED_PROXY_HOPS proxies appended one entry to X-Forwarded-For, so only that many entries, counted
    from the right, are ours; whatever stands to their left was written by the visitor.
    """
    peer = _plain(request.META.get("REMOTE_ADDR", ""))
    hops: int = settings.TRUSTED_PROXY_HOPS
    entries = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if hops < 1 or len(entries) < hops:
        return peer
    return _plain(entries[-hops]) or peer


def network_of(address: str) -> str:
    """What one visitor is counted under: an IPv4 address, the /64 network of an IPv6 address, "" for neither."""
    known = _parsed(address)
    if isinstance(known, IPv6Address):
        return str(ip_network((known, IPV6_NETWORK_BITS), strict=False))
    return str(known or "")


def _plain(text: str) -> str:
    return str(_parsed(text) or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
