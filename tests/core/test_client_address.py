"""Where a request comes from: what our proxies wrote counts, what the visitor wrote does not."""

import pytest
from django.test import RequestFactory, override_settings

from apps.core.client_address import client_address, network_of

PROXY, CLIENT, FORGED = "10.0.0.1", "203.0.113.9", "198.51.100.66"


def seen(forwarded: str | None, *, hops: int, peer: str = PROXY) -> str:
    """The address of a request through so many trusted proxies."""
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    with override_settings(TRUSTED_PROXY_HOPS=hops):
        return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize("forwarded", [None, FORGED, f"{FORGED}, {CLIENT}", "nonsense", "127.0.0.1"])
def test_a22_without_a_proxy_only_the_peer_counts(forwarded: str | None) -> None:
    assert seen(forwarded, hops=0, peer=CLIENT) == CLIENT


@pytest.mark.parametrize(
    ("forwarded", "hops", "expected"),
    [
        (CLIENT, 1, CLIENT),
        (f"{FORGED}, {CLIENT}", 1, CLIENT),
        (f"{FORGED}, 127.0.0.1, {CLIENT}", 1, CLIENT),
        (f"{FORGED}, {CLIENT}, 10.0.0.2", 2, CLIENT),
        (f"{FORGED},{FORGED},{CLIENT},10.0.0.2", 2, CLIENT),
        (CLIENT, 2, PROXY),
        ("", 1, PROXY),
        (None, 1, PROXY),
        ("nonsense", 1, PROXY),
        (f"{CLIENT}, nonsense", 1, PROXY),
        (f"{CLIENT}:4711", 1, PROXY),
        ("unknown", 1, PROXY),
        (" 2001:db8::1 ", 1, "2001:db8::1"),
        ("::ffff:203.0.113.9", 1, CLIENT),
        ("fe80::1%eth0", 1, "fe80::1"),
        ("1" * 10_000, 1, PROXY),
    ],
)
def test_a22_only_the_entries_of_trusted_proxies_count(
    forwarded: str | None, hops: int, expected: str
) -> None:
    assert seen(forwarded, hops=hops) == expected


def test_a_unix_socket_has_no_address() -> None:
    assert seen(None, hops=0, peer="") == ""


def test_an_ipv6_visitor_is_counted_by_the_network() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("::ffff:203.0.113.9") == network_of(CLIENT) == CLIENT
    assert network_of("") == network_of("nonsense") == ""
