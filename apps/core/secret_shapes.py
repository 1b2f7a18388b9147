"""What a secret looks like: keys of known makers, private keys, tokens, seed phrases, passwords; and what only looks alike.

A maker's prefix, the form of a private key or a name such as API_KEY is enough by itself. After an everyday word (token,
secret, key, bearer, basic) only a value counts that nobody writes by hand: prices, phrases and addresses of contracts
are none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

REMOVED = "[removed]"
RANDOM_CHARACTERS, RANDOM_CHANGES = 16, 4
"""A run of so many letters and digits that changes so often between small, capital and digit is made by a machine."""
MIXED_CHARACTERS = 5
"""After a name that says what it is, letters and digits in one word of this length are a value and no prose."""

_SHAPES: Mapping[str, str] = {
    "model provider key": (
        r"\bsk-(?:proj|svcacct|admin|ant|or)-(?=[\w-]{0,200}\d)[\w-]{20,}|\bsk-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}"
        r"|\b(?:gsk|xai|fw|r8|pplx|hf)[_-](?=[A-Za-z]*\d)[A-Za-z0-9]{20,}|\bnvapi-(?=[\w-]{0,200}\d)[\w-]{20,}"
        r"|\b(?:csk|sess)-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}"
    ),
    "cloud key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}",
    "repository token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}|\b(?:npm|pypi)[_-]\w{30,}",
    "chat token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "payment key": (
        r"\b(?:sk|rk|whsec)_(?:live_|test_)?(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    ),
    "service token": r"\b(?:shp(?:at|ca|pa|ss)|sbp|lin_api|ntn)_(?=[A-Za-z]*\d)[A-Za-z0-9]{30,}",
    "webhook address": (
        r"(?i:\bhooks\.slack\.com)/(?:services|workflows|triggers)/[\w/]{20,}"
        r"|(?i:\bdiscord(?:app)?\.com)/api/(?:v\d+/)?webhooks/\d{15,}/[\w-]{30,}"
    ),
    "private key": (
        r"-----BEGIN [A-Z ]*PRIVATE KEY"
        r"|(?<![0-9A-Fa-f])(?:0[xX])?(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])"
        r"|\b[xyz]prv[1-9A-HJ-NP-Za-km-z]{100,}|\b[5KL][1-9A-HJ-NP-Za-km-z]{50,51}\b"
        r"|(?<![1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{86,88}(?![1-9A-HJ-NP-Za-km-z])"
    ),
    "signed token": r"\beyJ[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    "password in an address": r"\b[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/:@\"]*:[^\s/@\"]+@",
}
"""What may begin at many places of one run is bounded, or a run as long as an answer is read to its end from each."""
_PATTERNS = {name: re.compile(pattern, re.ASCII) for name, pattern in _SHAPES.items()}
_IS = r"[\s\"']*[:=][\s\"']*"
_VALUE = r"(?P<value>[^\s\"'\\,;]{8,})"
_STAGE = r"(?:_(?:base|prod|dev|test|live))?"
_SEED_WORDS = 12
_WORD = re.compile(r"[A-Za-z]+")
_BETWEEN_WORDS = re.compile(r"[\s0-9.,;:)(/_\"'-]*")
_ESCAPED = re.compile(r"(?<!\\)\\+[bfnrt\"]")
_DIGITS = re.compile(r"[0-9]+")
_PART = re.compile(r"[A-Za-z0-9]+")
_SIGN = re.compile(r"[!#&*+?@()\[\]^`{|}~]|\$(?![0-9])")
"""What stands in passwords and not in prices, dates, names or comparisons."""
_ADDRESS = re.compile(r"0[xX][0-9A-Fa-f]{40}|(?:bc|tb|ltc)1[a-z0-9]{20,70}", re.ASCII)
_MINT = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}", re.ASCII)


class Found(NamedTuple):
    """The kind of a secret and where in the text it stands."""

    kind: str
    start: int
    end: int


def kinds(text: str) -> tuple[str, ...]:
    """The kinds of secrets that the text seems to hold, sorted; empty when there are none. Never the secrets."""
    return tuple(sorted({found.kind for found in find(text)}))


def redact(text: str) -> str:
    """The text with everything that has the shape of a secret replaced by a mark."""
    kept, end = [], 0
    for found in sorted(find(text), key=lambda found: found.start):
        if found.start >= end:
            kept += [text[end : found.start], REMOVED]
        end = max(end, found.end)
    return "".join([*kept, text[end:]]) if kept else text


def find(text: str) -> Iterator[Found]:
    """Everything in the text that has the shape of a secret; the text may be plain or quoted as JSON."""
    # Where JSON escaped a line end, its letter would stick to the next word: blanks of the same length.
    seen = _ESCAPED.sub(lambda found: " " * len(found.group()), text)
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(seen):
            yield Found(kind, match.start(), match.end())
    for kind, pattern, counts in _NAMED:
        for match in pattern.finditer(seen):
            if counts(match["value"]):
                yield Found(kind, match.start(), match.end())
    yield from _phrases(seen)


def _is_random(value: str) -> bool:
    """Whether some run of it was made by a machine, with a digit among it: names in capitals and small letters are none,
    and neither are addresses of contracts, which are public.
    """
    if _ADDRESS.fullmatch(value.rstrip(".")):
        return False
    return any(_changes_often(run) and any(map(str.isdigit, run)) for run in _PART.findall(value))


def _changes_often(run: str) -> bool:
    classes = [(one.isdigit(), one.isupper()) for one in run]
    changes = sum(one != other for one, other in pairwise(classes))
    return len(run) >= RANDOM_CHARACTERS and changes >= max(RANDOM_CHANGES, len(run) // 5)


def _is_no_token(value: str) -> bool:
    """Whether it is random and no address by which chains without a prefix name their tokens."""
    return _is_random(value) and _MINT.fullmatch(value.rstrip(".")) is None


def _is_mixed(value: str, least: int = MIXED_CHARACTERS) -> bool:
    """Whether letters and digits stand together in one of its words of at least so many characters."""
    words = [word for word in _PART.findall(value) if len(word) >= least]
    return any(not word.isdecimal() and any(map(str.isdigit, word)) for word in words)


def _is_value(value: str) -> bool:
    """Whether it is what stands behind a name that says of what it is the secret; hyphens may part it into groups."""
    runs = _PART.findall(value) + _PART.findall(value.replace("-", ""))
    return _is_mixed(value) or any(map(_changes_often, runs))


def _is_key(value: str) -> bool:
    """Whether it is what stands behind a name like API_KEY; no price has so many digits."""
    return _is_value(value) or any(len(run) >= RANDOM_CHARACTERS for run in _DIGITS.findall(value))


def _is_password(value: str) -> bool:
    """Whether it is what stands behind a name like PASSWORD: also a few letters and digits with a sign among them."""
    word = value.rstrip("!?)")
    has_all = any(map(str.isdigit, word)) and any(map(str.isalpha, word)) and _SIGN.search(word) is not None
    return _is_value(value) or has_all


def _is_authorisation(value: str) -> bool:
    """Whether it is what an Authorization header carries."""
    return _is_mixed(value, RANDOM_CHARACTERS) or _is_carried(value)


def _is_carried(value: str) -> bool:
    """Whether it is random, or a name and a password in base64."""
    return _is_random(value) or _is_login(value)


def _is_login(value: str) -> bool:
    try:
        plain = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return ":" in plain and plain.isprintable()


_NAMED: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (kind, re.compile(f"(?i:{pattern})", re.ASCII), counts)
    for kind, pattern, counts in (
        (
            "bearer token",
            rf"\bauthorization{_IS}(?:(?:bearer|basic|token|apikey)\s+)?(?P<value>[A-Za-z0-9._~+/=-]{{16,}})",
            _is_authorisation,
        ),
        ("bearer token", r"\b(?:bearer|basic)\s+(?P<value>[A-Za-z0-9._~+/=-]{12,})", _is_carried),
        (
            "assignment",
            rf"\b\w*(?:passw(?:or)?d|passphrase|(?-i:[A-Z0-9]_(?:PASS|PWD))){_STAGE}{_IS}{_VALUE}",
            _is_password,
        ),
        (
            "assignment",
            r"\b\w*(?:api[_ -]?key|(?:access|private|secret|signing|encryption)[_ -]?key|(?-i:[A-Z0-9]_KEY)"
            r"|(?:access|auth|refresh|bot|api)[_-]?token|client[_-]?secret|[A-Za-z0-9]_secret)"
            rf"{_STAGE}{_IS}{_VALUE}",
            _is_key,
        ),
        ("assignment", rf"\b\w*[A-Za-z0-9]_token{_STAGE}{_IS}{_VALUE}", _is_value),
        ("assignment", rf"\b(?:secret|key|\w+_(?:key|pass|pwd)){_IS}{_VALUE}", _is_random),
        ("assignment", rf"\btoken{_IS}{_VALUE}", _is_no_token),
    )
)


@cache
def seed_words() -> frozenset[str]:
    """The 2,048 English words of BIP-39, as the wallet library ships them; no sentence of prose has twelve in a row.

    The file alone is read: importing the library for it would cost more than every scan.
    """
    found = find_spec("eth_account")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("eth_account")
    words = Path(found.origin).parent / "hdaccount" / "wordlist" / "english.txt"
    return frozenset(words.read_text(encoding="ascii").split())


def _phrases(text: str) -> Iterator[Found]:
    words, first, last, count = seed_words(), 0, 0, 0
    for match in _WORD.finditer(text):
        if match.group().lower() not in words:
            count = 0
            continue
        if not count or _BETWEEN_WORDS.fullmatch(text, last, match.start()) is None:
            first, count = match.start(), 0
        last, count = match.end(), count + 1
        if count == _SEED_WORDS:
            yield Found("seed phrase", first, last)
            count = 0
