"""A linear reader of ERC-4361 messages: line by line, each part by its own rule, nothing is tried twice."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import AddressValueError, IPv6Address
from typing import NoReturn

from apps.users.addresses import is_checksummed

HEADER = " wants you to sign in with your Ethereum account:"
_PLAIN = r"A-Za-z0-9\-._~!$&'()*+,;="
_ESCAPE = r"%[0-9A-Fa-f]{2}"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*", re.ASCII)
_USERINFO = re.compile(rf"(?:[{_PLAIN}:]|{_ESCAPE})*", re.ASCII)
_REG_NAME = re.compile(rf"(?:[{_PLAIN}]|{_ESCAPE})+", re.ASCII)
_IP_FUTURE = re.compile(rf"v[0-9A-Fa-f]+\.[{_PLAIN}:]+", re.ASCII)
_PORT = re.compile(r"[0-9]{0,5}", re.ASCII)
_PATH = re.compile(rf"(?:[{_PLAIN}:@/]|{_ESCAPE})*", re.ASCII)
_TAIL = re.compile(rf"(?:[{_PLAIN}:@/?]|{_ESCAPE})*", re.ASCII)
_PCHARS = re.compile(rf"(?:[{_PLAIN}:@]|{_ESCAPE})*", re.ASCII)
_STATEMENT = re.compile(rf"[{_PLAIN}:/?#\[\]@ ]+", re.ASCII)
_CHAIN_ID = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9]{8,}", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))",
    re.ASCII,
)


class SiweTextFault(ValueError):
    """The text breaks a rule; `part` names the first field that does ("message" for the frame)."""

    def __init__(self, part: str) -> None:
        super().__init__(f"The {part.replace('_', ' ')} is not as ERC-4361 wants it.")
        self.part = part


@dataclass(frozen=True, slots=True)
class SiweText:
    """The fields of a message; times carry their offset, absent ones are None."""

    scheme: str | None
    domain: str
    address: str
    statement: str | None
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime | None
    not_before: datetime | None
    request_id: str | None
    resources: tuple[str, ...]


def read(message: str) -> SiweText:
    """The fields of the message; raises SiweTextFault for anything the standard does not allow."""
    lines = message.split("\n")
    scheme, domain = _frame(lines)
    bare = lines[3] == ""
    rest = _Lines(lines[4:] if bare else lines[5:])
    uri = rest.required("URI: ", "uri")
    if not is_uri(uri):
        _fail("uri")
    if rest.required("Version: ", "version") != "1":
        _fail("version")
    chain_id = rest.required("Chain ID: ", "chain_id")
    if not _CHAIN_ID.fullmatch(chain_id):
        _fail("chain_id")
    nonce = rest.required("Nonce: ", "nonce")
    if not _NONCE.fullmatch(nonce):
        _fail("nonce")
    issued_at = _time(rest.required("Issued At: ", "issued_at"), "issued_at")
    expires_at = rest.optional("Expiration Time: ")
    not_before = rest.optional("Not Before: ")
    request_id = rest.optional("Request ID: ")
    if request_id is not None and not _PCHARS.fullmatch(request_id):
        _fail("request_id")
    return SiweText(
        scheme=scheme,
        domain=domain,
        address=lines[1],
        statement=None if bare else lines[3],
        uri=uri,
        chain_id=int(chain_id),
        nonce=nonce,
        issued_at=issued_at,
        expires_at=None if expires_at is None else _time(expires_at, "expiration_time"),
        not_before=None if not_before is None else _time(not_before, "not_before"),
        request_id=request_id,
        resources=rest.resources(),
    )


def is_statement(text: str) -> bool:
    """Whether the text may stand as a statement: printable ASCII of RFC 3986 and spaces, one line."""
    return bool(_STATEMENT.fullmatch(text))


def is_uri(text: str) -> bool:
    """Whether the text is an absolute RFC 3986 URI."""
    scheme, colon, rest = text.partition(":")
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    if not (colon and _SCHEME.fullmatch(scheme) and _TAIL.fullmatch(query) and _TAIL.fullmatch(fragment)):
        return False
    if not rest.startswith("//"):
        return bool(_PATH.fullmatch(rest))
    authority, slash, path = rest[2:].partition("/")
    return is_authority(authority) and bool(_PATH.fullmatch(slash + path))


def is_authority(text: str) -> bool:
    """Whether the text is an RFC 3986 authority with a host: [userinfo@]host[:port]."""
    userinfo, at, place = text.rpartition("@")
    if at and not _USERINFO.fullmatch(userinfo):
        return False
    if place.startswith("["):
        literal, bracket, port = place[1:].partition("]")
        sound = bool(bracket) and (port == "" or port.startswith(":")) and _is_ip_literal(literal)
        return sound and bool(_PORT.fullmatch(port.removeprefix(":")))
    host, _, port = place.partition(":")
    return bool(_REG_NAME.fullmatch(host) and _PORT.fullmatch(port))


class _Lines:
    """The labelled lines below the statement, taken strictly in order."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._next = 0

    def required(self, label: str, part: str) -> str:
        found = self.optional(label)
        return _fail(part) if found is None else found

    def optional(self, label: str) -> str | None:
        if self._next >= len(self._lines) or not self._lines[self._next].startswith(label):
            return None
        self._next += 1
        return self._lines[self._next - 1].removeprefix(label)

    def resources(self) -> tuple[str, ...]:
        left = self._lines[self._next :]
        if not left:
            return ()
        if left[0] != "Resources:":
            _fail("message")
        found = tuple(line.removeprefix("- ") for line in left[1:])
        if not all(line.startswith("- ") for line in left[1:]) or not all(map(is_uri, found)):
            _fail("resources")
        return found


def _frame(lines: list[str]) -> tuple[str | None, str]:
    """Check the lines up to the statement and return scheme and domain."""
    if len(lines) < 9 or not lines[0].endswith(HEADER):
        _fail("message")
    asker = lines[0].removesuffix(HEADER)
    scheme, mark, domain = asker.partition("://")
    if not mark:
        scheme, domain = "", asker
    if not is_authority(domain) or (mark and not _SCHEME.fullmatch(scheme)):
        _fail("domain")
    if not is_checksummed(lines[1]):
        _fail("address")
    if lines[2] != "":
        _fail("message")
    if lines[3] != "" and (not is_statement(lines[3]) or lines[4] != ""):
        _fail("statement")
    return scheme or None, domain


def _time(text: str, part: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        _fail(part)
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second), micros, tzinfo=zone
        )
    except ValueError:
        _fail(part)


def _is_ip_literal(text: str) -> bool:
    if _IP_FUTURE.fullmatch(text):
        return True
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def _fail(part: str) -> NoReturn:
    raise SiweTextFault(part)
