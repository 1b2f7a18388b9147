"""Finds what no prompt may carry: keys, tokens, seed phrases, passwords; answers with their kinds, never with them."""

from __future__ import annotations

from collections.abc import Mapping

from apps.core.secret_shapes import kinds, redact
from apps.decisions.engine.envelope import quote

__all__ = ["MIN_OWN_CHARACTERS", "find_secrets", "redact"]

MIN_OWN_CHARACTERS = 8
"""A value of this installation that is shorter is a word, not a secret: it would be found everywhere."""


def find_secrets(text: str, own: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The kinds of secrets that the text seems to hold, sorted; empty when there are none.

    `own` are this installation's secrets by name: one that stands in the text, plain or as an envelope quotes it, is
    told by its name. A secret itself is never part of the answer.
    """
    names = set(kinds(text))
    for name, value in (own or {}).items():
        if len(value) >= MIN_OWN_CHARACTERS and (value in text or quote(value)[1:-1] in text):
            names.add(name)
    return tuple(sorted(names))
