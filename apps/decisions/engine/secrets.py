"""Finds what no prompt may carry: keys, tokens, seed phrases, passwords; answers with their kinds, never with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from apps.decisions.engine.envelope import quote

REMOVED = "[removed]"
MIN_OWN_CHARACTERS = 8
"""A value of this installation that is shorter is a word, not a secret: it would be found everywhere."""

_SHAPES: dict[str, str] = {
    "model provider key": r"\bsk-[A-Za-z0-9_-]{20,}|\b(?:gsk|xai|fw|r8|pplx|hf|nvapi)[_-][A-Za-z0-9_-]{20,}",
    "cloud key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}",
    "repository token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}|\b(?:npm|pypi)[_-]\w{30,}",
    "chat token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "payment key": r"\b(?:sk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}",
    "private key": (
        r"-----BEGIN [A-Z ]*PRIVATE KEY"
        r"|(?<![0-9A-Fa-f])(?:0[xX])?[0-9A-Fa-f]{64}(?![0-9A-Fa-f])"
        r"|\b[xyz]prv[1-9A-HJ-NP-Za-km-z]{100,}|\b[5KL][1-9A-HJ-NP-Za-km-z]{50,51}\b"
        r"|(?<![1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{86,88}(?![1-9A-HJ-NP-Za-km-z])"
    ),
    "signed token": r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    "bearer token": r"(?i:\b(?:bearer|basic)\s+(?=[^\s\"]*[0-9+/=_])[A-Za-z0-9._~+/=-]{16,})",
    "password in an address": r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@\"]*:[^\s/@\"]+@",
    "assignment": (
        r"(?i:\b\w*(?:secret|token|passw(?:or)?d|api[_-]?key|access[_-]?key|private[_-]?key)\w*"
        r"[\s\"']*[:=][\s\"']*(?=[^\s\"'\\,;]*\d)[^\s\"'\\,;]{8,})"
    ),
}
_SEEDED = "seed phrase"
_PATTERNS = {name: re.compile(pattern, re.ASCII) for name, pattern in _SHAPES.items()}
_SEED_WORDS = 12
_WORD = re.compile(r"[A-Za-z]+")
_BETWEEN_WORDS = re.compile(r"[\s0-9.,;:)(-]*")
_ESCAPED = re.compile(r"\\+[bfnrt\"]")


class _Found(NamedTuple):
    name: str
    start: int
    end: int


def find_secrets(text: str, own: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The kinds of secrets that the text seems to hold, sorted; empty when there are none.

    `own` are this installation's secrets by name: one that stands in the text, plain or as an envelope quotes it, is
    told by its name. A secret itself is never part of the answer.
    """
    names = {found.name for found in _find(text)}
    for name, value in (own or {}).items():
        if len(value) >= MIN_OWN_CHARACTERS and (value in text or quote(value)[1:-1] in text):
            names.add(name)
    return tuple(sorted(names))


def redact(text: str) -> str:
    """The text with everything that has the shape of a secret replaced by a mark.

    For words of strangers: whoever names a market after a key must not stop those who read of it.
    """
    kept, end = [], 0
    for found in sorted(_find(text), key=lambda found: found.start):
        if found.start >= end:
            kept += [text[end : found.start], REMOVED]
        end = max(end, found.end)
    return "".join([*kept, text[end:]]) if kept else text


def _find(text: str) -> Iterator[_Found]:
    # Where JSON escaped a line end, its letter would stick to the next word: blanks of the same length.
    seen = _ESCAPED.sub(lambda found: " " * len(found.group()), text)
    for name, pattern in _PATTERNS.items():
        for match in pattern.finditer(seen):
            yield _Found(name, match.start(), match.end())
    yield from _phrases(seen)


@cache
def _seed_words() -> frozenset[str]:
    """The 2,048 English words of BIP-39, as the wallet library ships them; no sentence of prose has twelve in a row.

    The file alone is read: importing the library for it would cost more than every scan.
    """
    found = find_spec("eth_account")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("eth_account")
    words = Path(found.origin).parent / "hdaccount" / "wordlist" / "english.txt"
    return frozenset(words.read_text(encoding="ascii").split())


def _phrases(text: str) -> Iterator[_Found]:
    words, first, last, count = _seed_words(), 0, 0, 0
    for match in _WORD.finditer(text):
        if match.group().lower() not in words:
            count = 0
            continue
        if not count or _BETWEEN_WORDS.fullmatch(text, last, match.start()) is None:
            first, count = match.start(), 0
        last, count = match.end(), count + 1
        if count == _SEED_WORDS:
            yield _Found(_SEEDED, first, last)
            count = 0
