"""The table of sign-ins that must be refused: what is wrong, how the message or signature is bent, and the code.

Every message is signed by the wallet it names, after it was bent: only our own checks stand between it and a session.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.users.signing import CURVE_ORDER, DOMAIN, NOW, URI, sign, twin, wallet

Bend = Callable[[str], str]
OTHER = wallet(2)


@dataclass(frozen=True, slots=True)
class Bad:
    """One refused sign-in; `signature` makes the signature of the bent message, by default the wallet's own."""

    name: str
    code: str
    message: Bend = str
    signature: Bend | None = None


def swap(old: str, new: str) -> Bend:
    """Replace the first `old`."""

    def bend(message: str) -> str:
        assert old in message, old
        return message.replace(old, new, 1)

    return bend


def line(label: str, value: str | None) -> Bend:
    """Give a labelled line another value, or leave it out."""

    def bend(message: str) -> str:
        lines = message.split("\n")
        at = next(number for number, text in enumerate(lines) if text.startswith(label + ": "))
        lines[at : at + 1] = [] if value is None else [f"{label}: {value}"]
        return "\n".join(lines)

    return bend


def stamp(seconds: float) -> str:
    """The moment so many seconds after the test's, as a message writes it."""
    moment = NOW + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _domains() -> list[Bad]:
    bent = {
        "another domain": "evil.example",
        "a subdomain": f"app.{DOMAIN}",
        "another port": "localhost:8001",
        "no port": "localhost",
        "upper case": "LOCALHOST:8000",
        "a trailing dot": "localhost.:8000",
        "a port with a zero": "localhost:08000",
        "an empty port": "localhost:",
        "a punycode homograph": "xn--lcalhost-6sf:8000",
        "a Cyrillic letter": "lоcalhost:8000",
        "ours as the user of another": f"{DOMAIN}@evil.example",
        "a user at ours": f"evil@{DOMAIN}",
        "another site of ours": "127.0.0.1:8000",
        "ours and a path": f"{DOMAIN}/",
        "ours and a fragment": f"{DOMAIN}#",
        "ours and a blank": f"{DOMAIN} ",
        "two sites": f"{DOMAIN},evil.example",
        "none": "",
        "the IPv6 loopback": "[::1]:8000",
        "the integer of the loopback": "2130706433:8000",
    }
    head = " wants you"
    return [
        Bad(f"a03 domain: {name}", "SIWE_DOMAIN_MISMATCH", swap(DOMAIN + head, text + head))
        for name, text in bent.items()
    ]


def _addresses_of_the_site() -> list[Bad]:
    bent = {
        "another scheme": "https://localhost:8000/sign-in",
        "another host": "http://evil.example/sign-in",
        "ours as a label": "http://localhost:8000.evil.example/sign-in",
        "ours as a user": "http://localhost:8000@evil.example/sign-in",
        "another port": "http://localhost:8001/sign-in",
        "no port": "http://localhost/sign-in",
        "upper case": "http://LOCALHOST:8000/sign-in",
        "another page": "http://localhost:8000/other",
        "a fragment": URI + "#x",
        "a query": URI + "?next=http://evil.example",
        "a script": "javascript:alert(1)",
        "data": "data:text/html,x",
        "no scheme": "//localhost:8000/sign-in",
        "a path": "/sign-in",
        "no host": "http:///sign-in",
        "a blank": URI + " ",
        "no address": "_not_a_rfc3986_valid_uri_",
        "nothing": "",
    }
    found = [Bad(f"a04 uri: {name}", "SIWE_URI_MISMATCH", line("URI", uri)) for name, uri in bent.items()]
    return [*found, Bad("a04 uri: no line", "SIWE_URI_MISMATCH", line("URI", None))]


def _chains() -> list[Bad]:
    bent = {
        "Ethereum": "1",
        "zero": "0",
        "leading zero": "04326",
        "zero one": "01",
        "2^53 + 1": str(2**53 + 1),
        "2^256": str(2**256),
        "a thousand digits": "9" * 1000,
        "negative": "-4326",
        "a fraction": "4326.0",
        "hexadecimal": "0x10e6",
        "an exponent": "4.326e3",
        "Arabic digits": "٤٣٢٦",
        "a plus": "+4326",
        "a blank": "4326 ",
        "an underscore": "4_326",
        "nothing": "",
        "the other chain of ours": "6343",
    }
    found = [
        Bad(f"a05 chain: {name}", "SIWE_CHAIN_MISMATCH", line("Chain ID", text))
        for name, text in bent.items()
    ]
    return [*found, Bad("a05 chain: no line", "SIWE_CHAIN_MISMATCH", line("Chain ID", None))]


def _times() -> list[Bad]:
    issued = {
        "61 s ahead": stamp(61),
        "older than a challenge": stamp(-301),
        "2015": "2015-01-01T00:00:00Z",
        "2099": "2099-01-01T00:00:00Z",
        "no zone": "2026-03-01T12:00:00",
        "a leap second": "2026-03-01T11:59:60Z",
        "hour 24": "2026-03-01T24:00:00Z",
        "month 13": "2026-13-01T12:00:00Z",
        "30 February": "2026-02-30T12:00:00Z",
        "a blank for T": "2026-03-01 12:00:00Z",
        "a date": "2026-03-01",
        "a number": "1772366400",
        "a zone of 25 hours": "2026-03-01T12:00:00+25:00",
        "the first moment": "0001-01-01T00:00:00+14:00",
        "the last moment": "9999-12-31T23:59:59-14:00",
        "Arabic digits": "٢٠٢٦-03-01T12:00:00Z",
        "nothing": "",
    }
    expiry = {
        "past": stamp(-1),
        "now": stamp(0),
        "beyond ten minutes": stamp(601),
        "year 9999": "9999-12-31T23:59:59Z",
        "no zone": "2026-03-01T12:05:00",
        "a leap second": "2026-03-01T12:04:60Z",
        "nothing": "",
        "an extended year": "+12026-03-01T12:05:00Z",
    }
    bad = "SIWE_TIME_INVALID"
    found = [Bad(f"a06 issued: {name}", bad, line("Issued At", text)) for name, text in issued.items()]
    found += [Bad(f"a06 expiry: {name}", bad, line("Expiration Time", text)) for name, text in expiry.items()]
    found += [
        Bad("a06 expiry: no line", bad, line("Expiration Time", None)),
        Bad("a06 issued: no line", bad, line("Issued At", None)),
        Bad("a06 not before: ahead", bad, lambda text: text + "\nNot Before: " + stamp(1)),
        Bad("a06 not before: no zone", bad, lambda text: text + "\nNot Before: 2026-03-01T12:00:00"),
    ]
    return found


def _nonces() -> list[Bad]:
    bent = {
        "chosen by the client": "mynonce1",
        "too short": "1234567",
        "another of 160 bits": "ab" * 20,
        "with a hyphen": "ab" * 19 + "-a",
        "a word of the statement": "PumpParty",
        "very long": "a" * 300,
        "nothing": "",
    }
    found = [
        Bad(f"a07 nonce: {name}", "SIWE_NONCE_UNKNOWN", line("Nonce", text)) for name, text in bent.items()
    ]

    def shouted(message: str) -> str:
        nonce = message.split("Nonce: ")[1].split("\n", maxsplit=1)[0]
        return message.replace(nonce, nonce.upper())

    def shortened(message: str) -> str:
        nonce = message.split("Nonce: ")[1].split("\n", maxsplit=1)[0]
        return message.replace(nonce, nonce[:-1])

    return [
        *found,
        Bad("a07 nonce: no line", "SIWE_NONCE_UNKNOWN", line("Nonce", None)),
        Bad("a07 nonce: in capitals", "SIWE_NONCE_UNKNOWN", shouted),
        Bad("a07 nonce: one letter less", "SIWE_NONCE_UNKNOWN", shortened),
    ]


def _addresses() -> list[Bad]:
    def rewritten(change: Bend) -> Bend:
        return lambda message: message.replace(wallet().address, change(wallet().address))

    bent: dict[str, Bend] = {
        "lower case": str.lower,
        "capitals": lambda address: "0x" + address[2:].upper(),
        "wrong capitals": lambda address: "0x" + address[2:].swapcase(),
        "one digit more": lambda address: address + "0",
        "one digit less": lambda address: address[:-1],
        "no prefix": lambda address: address[2:],
        "a name": lambda address: "vitalik.eth",
        "full-width digits": lambda address: address.replace("5", "５"),
    }
    found = [
        Bad(f"a11 address: {name}", "ADDRESS_INVALID", rewritten(change)) for name, change in bent.items()
    ]
    other = Bad("a11 address: another wallet's", "SIWE_INVALID", rewritten(lambda address: OTHER.address))
    return [*found, other]


def _frames() -> list[Bad]:
    bad, large = "SIWE_INVALID", "BODY_TOO_LARGE"
    statement = "Sign in to Pump Party."
    return [
        Bad("frame: nothing", bad, lambda text: ""),
        Bad("frame: version 2", bad, line("Version", "2")),
        Bad("frame: no version", bad, line("Version", None)),
        Bad("frame: a line feed at the end", bad, lambda text: text + "\n"),
        Bad("frame: CRLF", bad, lambda text: text.replace("\n", "\r\n")),
        Bad("frame: a scheme before the site", bad, lambda text: "http://" + text),
        Bad("frame: another statement", bad, swap(statement, "Give me everything.")),
        Bad("frame: no statement", bad, swap(statement + "\n", "")),
        Bad("a10 frame: right to left", bad, swap(statement, "\u202egnitirw")),
        Bad("a10 frame: NUL", bad, swap(statement, "Sign in\x00.")),
        Bad("a10 frame: a lone surrogate", bad, swap(statement, "Sign in\ud800.")),
        Bad("frame: an emoji", bad, swap(statement, "Sign in 🎉")),
        Bad("frame: a request id", bad, lambda text: text + "\nRequest ID: 1"),
        Bad("frame: a resource", bad, lambda text: text + "\nResources:\n- https://evil.example/"),
        Bad("frame: an unknown field", bad, lambda text: text + "\nAdmin: true"),
        Bad("frame: the expiry twice", bad, lambda text: text + "\nExpiration Time: " + stamp(300)),
        Bad("a10 frame: a thousand resources", large, lambda text: text + "\nResources:" + "\n- u:x" * 1000),
        Bad("a10 frame: 16 kB", large, swap(statement, "a" * 16_000)),
        Bad("a10 frame: 1 MB", large, swap(statement, "a" * 1_000_000)),
        Bad("a10 frame: 2 kB of two-byte letters", large, swap(statement, "é" * 1500)),
    ]


def _signatures() -> list[Bad]:
    bad = "SIWE_SIGNATURE_INVALID"

    def raw(change: Callable[[bytes], bytes]) -> Bend:
        return lambda text: "0x" + change(bytes.fromhex(sign(wallet(), text)[2:])).hex()

    order = CURVE_ORDER.to_bytes(32, "big")
    return [
        Bad("a08 signature: 65 zeros", bad, signature=lambda text: "0x" + "00" * 65),
        Bad("a08 signature: 65 times FF", bad, signature=lambda text: "0x" + "ff" * 65),
        Bad("a08 signature: 64 bytes", bad, signature=raw(lambda own: own[:64])),
        Bad("a08 signature: 66 bytes", bad, signature=raw(lambda own: own + b"\x00")),
        Bad("a08 signature: 0x", bad, signature=lambda text: "0x"),
        Bad("a08 signature: nothing", bad, signature=lambda text: ""),
        Bad("a08 signature: odd", bad, signature=lambda text: sign(wallet(), text)[:-1]),
        Bad("a08 signature: no 0x", bad, signature=lambda text: sign(wallet(), text)[2:]),
        Bad("a08 signature: 0X", bad, signature=lambda text: "0X" + sign(wallet(), text)[2:]),
        Bad("a08 signature: not hexadecimal", bad, signature=lambda text: "0x" + "zz" * 65),
        Bad("a08 signature: other digits", bad, signature=lambda text: "0x" + "١٢" * 65),
        Bad("a08 signature: a blank", bad, signature=lambda text: sign(wallet(), text) + " "),
        Bad("a08 signature: a line feed", bad, signature=lambda text: sign(wallet(), text) + "\n"),
        Bad("a08 signature: a lone surrogate", bad, signature=lambda text: "0x\ud800\ud800"),
        Bad("a08 signature: another wallet's", bad, signature=lambda text: sign(OTHER, text)),
        Bad("a08 signature: of another text", bad, signature=lambda text: sign(wallet(), text + " ")),
        Bad("a09 signature: the high-s twin", bad, signature=lambda text: twin(sign(wallet(), text))),
        Bad("a08 signature: v = 2", bad, signature=raw(lambda own: own[:64] + b"\x02")),
        Bad("a08 signature: v = 29", bad, signature=raw(lambda own: own[:64] + b"\x1d")),
        Bad("a08 signature: v = 37", bad, signature=raw(lambda own: own[:64] + b"\x25")),
        Bad("a08 signature: the other v", bad, signature=raw(lambda own: own[:64] + bytes([55 - own[64]]))),
        Bad("a08 signature: r = 0", bad, signature=raw(lambda own: bytes(32) + own[32:])),
        Bad("a08 signature: s = 0", bad, signature=raw(lambda own: own[:32] + bytes(32) + own[64:])),
        Bad("a08 signature: r = n", bad, signature=raw(lambda own: order + own[32:])),
        Bad("a08 signature: s = n", bad, signature=raw(lambda own: own[:32] + order + own[64:])),
        Bad("a08 signature: one bit", bad, signature=raw(lambda own: bytes([own[0] ^ 1]) + own[1:])),
        Bad("a08 signature: 100 kB", bad, signature=lambda text: "0x" + "00" * 100_000),
        Bad(
            "a13 signature: of a contract",
            "WALLET_TYPE_UNSUPPORTED",
            signature=lambda text: "0x" + "ab" * 320,
        ),
    ]


BAD_SIGN_INS: list[Bad] = [
    *_domains(),
    *_addresses_of_the_site(),
    *_chains(),
    *_times(),
    *_nonces(),
    *_addresses(),
    *_frames(),
    *_signatures(),
]
