"""Tells whether an answer says what nobody may read: the canary, the owner's own words, a secret."""

from __future__ import annotations

import base64
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from apps.decisions.engine.secrets import find_secrets

if TYPE_CHECKING:
    from apps.decisions.engine.prompt import Prompt

PASSAGE_CHARACTERS = 64
"""So many letters and digits in a row of a private text are no chance: about a dozen words."""
SHORTEST_WORDS, SHORTEST_FIGURES = 24, 16
"""A private text that is shorter than a passage counts as a whole: with so many letters, or with fewer where a figure is
among them. What is shorter still is a phrase that everybody uses, such as "mean reversion on BTC".
"""

_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
_SPACED = re.compile(r"\\[bfnrt]")


def leaks(answer_text: str, prompt: Prompt) -> str | None:
    """What a raw answer gives away of its prompt, as a sentence; None where it gives away nothing.

    Case, spaces, signs, unseen characters and JSON escapes do not hide it. A canary is also known backwards and in
    base64; whoever is told the run's digest can compute it, so it proves a leak and protects nothing else. A prompt holds
    no secret, so one in an answer is made up or comes from elsewhere: it is not published either. The rules are public.
    """
    plain = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), _SPACED.sub(" ", answer_text))
    told = _squash(plain)
    if prompt.canary in told or prompt.canary[::-1] in told or _has_base64(plain, prompt.canary):
        return "the answer repeats what it was told to keep: its private mark"
    if any(_shares_passage(told, private) for private in prompt.private):
        return "the answer repeats what it was told to keep: words of its owner's strategy"
    for kind in find_secrets(answer_text):
        return f"the answer holds what looks like a secret: {kind}"
    return None


def _squash(text: str) -> str:
    """Only the letters and digits, in one case and one width."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _has_base64(text: str, secret: str) -> bool:
    """Whether the text holds the secret in base64, wherever in a longer run of bytes it began."""
    return any(_core(secret, shift) in text for shift in range(3))


@lru_cache(maxsize=64)
def _core(secret: str, shift: int) -> str:
    """The characters of the secret's base64 that do not depend on what stands before and after it."""
    whole = base64.b64encode(b"\0" * shift + secret.encode("ascii") + b"\0\0").decode("ascii")
    first = -(-shift * 8 // 6)
    return whole[first : (shift + len(secret)) * 8 // 6]


def _shares_passage(told: str, private: str) -> bool:
    passages = _passages(private)
    length = len(next(iter(passages), ""))
    return any(told[end - length : end] in passages for end in range(length, len(told) + 1) if length)


@lru_cache(maxsize=64)
def _passages(private: str) -> frozenset[str]:
    """What no answer may hold, all of one length: every passage of the text, or all of a short one."""
    squashed = _squash(private)
    if len(squashed) < PASSAGE_CHARACTERS:
        has_figure = any(character.isdigit() for character in squashed)
        is_own = len(squashed) >= (SHORTEST_FIGURES if has_figure else SHORTEST_WORDS)
        return frozenset([squashed] if is_own else ())
    ends = range(PASSAGE_CHARACTERS, len(squashed) + 1)
    return frozenset(squashed[end - PASSAGE_CHARACTERS : end] for end in ends)
