"""The reader of ERC-4361: the standard's own vectors (spruceid/siwe, test/), and that it never takes long."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.users.adapters import siwe_message
from apps.users.siwe_text import SiweTextFault, is_authority, is_statement, is_uri, read

ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
OTHER = "0xe5A12547fe4E872D192E3eCecb76F2Ce1aeA4946"
TERMS = "I accept the ServiceOrg Terms of Service: https://service.org/tos"


def text(
    domain: str = "service.org",
    address: str = ADDRESS,
    statement: str | None = TERMS,
    fields: tuple[str, ...] = (
        "URI: https://service.org/login",
        "Version: 1",
        "Chain ID: 1",
        "Nonce: 32891757",
        "Issued At: 2021-09-30T16:25:24.000Z",
    ),
) -> str:
    """A message in the order of the standard."""
    frame = [f"{domain} wants you to sign in with your Ethereum account:", address, ""]
    return "\n".join([*frame, *([] if statement is None else [statement]), "", *fields])


FIELDS = {
    "uri": "URI: https://service.org/login",
    "version": "Version: 1",
    "chain": "Chain ID: 1",
    "nonce": "Nonce: 12341234",
    "issued": "Issued At: 2022-03-17T12:45:13.610Z",
    "expires": "Expiration Time: 2023-03-17T12:45:13.610Z",
    "before": "Not Before: 2022-03-17T12:45:13.610Z",
    "request": "Request ID: some_id",
    "resources": "Resources:",
    "resource": "- https://service.org/login",
}


def full(*order: str, address: str = OTHER, domain: str = "service.org", **changed: str) -> str:
    """The long message of the vectors with lines left out, moved or changed."""
    lines = {**FIELDS, **changed}
    return text(domain, address, TERMS, tuple(lines[name] for name in order or tuple(FIELDS)))


def without(*names: str) -> tuple[str, ...]:
    """The fields in order but for some."""
    return tuple(name for name in FIELDS if name not in names)


def moved(name: str, behind: str) -> tuple[str, ...]:
    """The fields in order, one of them behind another."""
    order = [field for field in FIELDS if field != name]
    order.insert(order.index(behind) + 1, name)
    return tuple(order)


@pytest.mark.parametrize(
    "domain",
    ["service.org", "127.0.0.1", "test@127.0.0.1", "127.0.0.1:8080", "test@127.0.0.1:8080", "[::1]:8000"],
)
def test_the_official_domains_are_read(domain: str) -> None:
    found = read(text(domain))
    assert (found.domain, found.scheme, found.address) == (domain, None, ADDRESS)
    assert (found.uri, found.chain_id, found.nonce) == ("https://service.org/login", 1, "32891757")
    assert found.issued_at == datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC)
    assert (found.statement, found.expires_at, found.resources) == (TERMS, None, ())


def test_the_official_optional_fields_are_read() -> None:
    assert read(text(statement=None)).statement is None
    resources = (
        "ipfs://Qme7ss3ARVgxv6rXqVPiikMJ8u2NLgmgszg13pYrDKEoiu",
        "https://example.com/my-web2-claim.json",
    )
    lines = ("Resources:", *(f"- {resource}" for resource in resources))
    assert read(text() + "\n" + "\n".join(lines)).resources == resources
    assert read(text().replace(".000Z", "Z")).issued_at.microsecond == 0
    assert read("https://" + text()).scheme == "https"
    found = read(full())
    assert found.request_id == "some_id"
    assert found.expires_at is not None and found.expires_at.year == 2023
    assert found.not_before is not None and found.not_before.microsecond == 610_000


NON_ISO = "Wed Oct 05 2011 16:48:00 GMT+0200 (CEST)"
OFFICIAL_NEGATIVE = {
    "missing mandatory field": (full(*without("uri", "chain")), "uri"),
    "extra line breaks": (text().replace(TERMS, "\n" + TERMS), "uri"),
    "non-ISO datetime": (full(issued=f"Issued At: {NON_ISO}"), "issued_at"),
    "out of order fields": (full("version", "nonce", "uri", "issued"), "uri"),
    "wrong version": (full(version="Version: 2"), "version"),
    "missing domain": (full(domain=""), "domain"),
    "missing address": (full(address=""), "address"),
    "missing uri": (full(uri=""), "uri"),
    "missing version": (full(version=""), "version"),
    "missing chainId": (full(chain=""), "chain_id"),
    "missing nonce": (full(nonce=""), "nonce"),
    "missing issuedAt": (full(issued=""), "issued_at"),
    "out of order uri": (full(*moved("uri", "version")), "uri"),
    "out of order version": (full(*moved("version", "chain")), "version"),
    "out of order chainId": (full(nonce="Nonce: 12341234Chain ID: 1", chain=""), "chain_id"),
    "out of order nonce": (full(*moved("nonce", "issued")), "nonce"),
    "out of order issuedAt": (full(*moved("issued", "expires")), "issued_at"),
    "out of order expirationTime": (full(*moved("expires", "before")), "message"),
    "out of order notBefore": (full(*moved("before", "request")), "message"),
    "out of order requestId": (full(*moved("request", "resource")), "resources"),
    "out of order resources": (full(*without("before", "request"), "before", "request"), "resources"),
    "address not EIP-55": (full(address=OTHER.lower()), "address"),
    "statement has line break": (full().replace("Service: ", "Service: \n"), "statement"),
    "uri is non-RFC 3986": (full(uri="URI: _not_a_rfc3986_valid_uri_"), "uri"),
    "not a valid chainId": (full(chain="Chain ID: ?"), "chain_id"),
    "nonce with less then 8 chars": (full(nonce="Nonce: 1234567"), "nonce"),
    "non-ISO 8601 issuedAt": (full(issued=f"Issued At: {NON_ISO}"), "issued_at"),
    "non-ISO 8601 expirationTime": (full(expires=f"Expiration Time: {NON_ISO}"), "expiration_time"),
    "non-ISO 8601 notBefore": (full(before=f"Not Before: {NON_ISO}"), "not_before"),
    "resources not separated by line break": (
        full(resource="- https://service.org/login - https://service.org/login/2"),
        "resources",
    ),
    "first resource is not-RFC3986": (full() + "\n- _not_a_rfc3986_valid_uri_", "resources"),
    "second resource not-RFC 3986": (full(resource="- _not_a_\n- https://service.org/login"), "resources"),
    "invalid issuedAt": (full(issued="Issued At: 2022-02-31T17:09:38.578Z"), "issued_at"),
    "invalid notBefore": (full(before="Not Before: 2025-02-31T17:09:38.578Z"), "not_before"),
    "invalid expirationTime": (full(expires="Expiration Time: 2100-02-31T14:31:43.952Z"), "expiration_time"),
}


@pytest.mark.parametrize("name", OFFICIAL_NEGATIVE)
def test_the_official_broken_messages_are_refused_for_the_broken_part(name: str) -> None:
    message, part = OFFICIAL_NEGATIVE[name]
    with pytest.raises(SiweTextFault) as fault:
        read(message)
    assert fault.value.part == part


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ESCAPES = "%00%ff%FF%0a%0A%20"


def test_the_official_characters_are_allowed_where_they_may_stand() -> None:
    assert is_statement(f":/?#[]@!$&'()*+,;= {LETTERS}-._~")
    assert is_authority(f"{LETTERS}-._~!$&'()*+,;=:{ESCAPES}@host")
    assert is_authority(f"[v123.{LETTERS}-._~!$&'()*+,;=:]")
    assert is_authority(f"{LETTERS}-._~!$&'()*+,;={ESCAPES}")
    assert is_uri(f"{LETTERS}+-.://host/{LETTERS}-._~!$&'()*+,;=:@{ESCAPES}")
    assert is_uri(f"uri://host/path?query#{LETTERS}-._~!$&'()*+,;=:@{ESCAPES}/?")


@pytest.mark.parametrize("character", [*'`<>{|}"\\^%\t\r\x00\x7f', "\u202e", "é", "\u2028", "٣"])
def test_a_statement_holds_plain_characters_only(character: str) -> None:
    assert not is_statement(f"Sign in{character}please")
    with pytest.raises(SiweTextFault):
        read(text(statement=f"Sign in{character}please"))


@pytest.mark.parametrize("character", [" ", ":", "#", "?", "@", "!", "~"])
def test_a_scheme_holds_no_other_character(character: str) -> None:
    assert not is_uri(f"{character}abc://host")


@pytest.mark.parametrize(
    "uri",
    [
        "uri://[::0.0.0.256]/p/path",
        "uri://[::300.0.0.0]/p/path",
        "uri://[::0.ff.0.255]",
        "uri://[::0.0.256.0]",
        "uri://[ffff:abcd:0:10:200:3000:f8a:1:ffff]",
        "uri://[ffff:abcd:0:10:200:3000:f8a]",
        "uri://[ffff:abcd:0:10:200:3000:ff:255.255.255.255]",
        "uri://[::1:2:3:4:5:6:7:8]",
        "uri://[::1:2:3:4:5:6:198.162.10.255]",
        "uri://[1:2:3:4:5:6:7:8::]",
        "uri://[1:2:3:4:5:6::198.162.10.255]",
        "uri://[1:2:3:4:5::6:7:8]",
        "uri://[1:2:3:4:5::6:198.162.10.255]",
        "uri://[fe80::1%25eth0]",
        "uri://[::1",
        "uri://[::1]8000",
        "uri://host:port",
        "uri://a@b@c",
        "://user:pass@example.com:123/one/two.three?q1=a1&q2=a2#body",
        "uri://user:pass@example.com:123/one/two.three ?q1=a1&q2=a2#body",
        "uri://user:pass@example.com:123/one/two.three?q1=a1&q2=a2 #body",
        "uri://host/a#b#c",
        "uri://host/%zz",
    ],
)
def test_the_official_broken_addresses_are_refused(uri: str) -> None:
    assert not is_uri(uri)


@pytest.mark.parametrize("zone", ["Z", "z", "+14:00", "-14:00"])
def test_times_at_the_ends_of_the_calendar_are_read(zone: str) -> None:
    for year in ("0001", "9999"):
        found = read(full(issued=f"Issued At: {year}-01-01T00:00:00{zone}"))
        assert (found.issued_at < datetime(2026, 1, 1, tzinfo=UTC)) == (year == "0001")


@given(statement=st.text(max_size=80), nonce=st.from_regex(r"[A-Za-z0-9]{8,40}", fullmatch=True))
def test_what_is_written_is_read_back_or_refused(statement: str, nonce: str) -> None:
    message = text(statement=statement).replace("32891757", nonce)
    if is_statement(statement):
        found = read(message)
        assert (found.statement, found.nonce) == (statement, nonce)
    elif statement != "":
        with pytest.raises(SiweTextFault):
            read(message)


@given(st.text(max_size=2000))
def test_no_text_makes_the_reader_fail_otherwise(noise: str) -> None:
    for message in (noise, text(statement=noise), text() + noise):
        try:
            read(message)
        except SiweTextFault:
            pass


def test_the_reader_reads_what_the_library_writes() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)
    message = siwe_message.compose(
        domain="localhost:8000",
        address=ADDRESS,
        statement="Sign in.",
        uri="http://localhost:8000/",
        chain_id=4326,
        nonce="0123456789abcdef",
        issued_at=at,
        expires_at=at,
    )
    found = read(message)
    assert (found.issued_at, found.expires_at, found.chain_id) == (at, at, 4326)
    assert (found.domain, found.uri, found.statement) == (
        "localhost:8000",
        "http://localhost:8000/",
        "Sign in.",
    )


@pytest.mark.parametrize("shape", ["a", "%41", "a@", "[", "\n", "- uri://h\n", "Resources:\n", ":", "a "])
def test_a10_the_reader_is_linear_in_the_worst_texts(shape: str) -> None:
    noise = shape * (1_000_000 // len(shape))
    began = time.process_time()
    for message in (
        text(statement=noise),
        text(domain=noise),
        full(resource=noise),
        full(uri="URI: " + noise),
    ):
        try:
            read(message)
        except SiweTextFault:
            pass
    # A million characters, five hundred times what is ever read, four times over.
    assert time.process_time() - began < 5
