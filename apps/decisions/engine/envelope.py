"""Outside text as data: cleaned, capped and quoted, so that nothing in it can end the envelope it stands in."""

from __future__ import annotations

import json
import re
import unicodedata

MAX_CHARACTERS = 200
"""How much of one outside text is shown."""

_UNSEEN = re.compile(
    "["
    "\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"  # controls, but for tabs and line ends
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ue000-\uf8ff"  # halves of pairs, private use
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"  # tags, more selectors, private planes
    "]"
)
"""What is read by a machine and seen by nobody: named one by one, so that no newer table of Unicode moves a byte."""

_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")
_LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_MARKUP = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def clean(text: str, *, limit: int = MAX_CHARACTERS, keep_lines: bool = False) -> str:
    """The text as an eye sees it: composed (NFC), without unseen characters, at most `limit` characters.

    A longer one ends in an ellipsis. Line ends become spaces, unless `keep_lines`. Cleaning twice changes nothing.
    """
    seen = _LINE_ENDS.sub("\n", _UNSEEN.sub("", text))
    seen = _SPACES.sub(" ", unicodedata.normalize("NFC", seen))
    tidy = _BLANK_LINES.sub("\n\n", _AROUND_LINES.sub("\n", seen)) if keep_lines else " ".join(seen.split())
    seen = tidy.strip()
    return seen if len(seen) <= limit else f"{seen[: limit - 1].rstrip()}…"


def quote(text: str) -> str:
    """The text as one JSON string on one line that holds no angle bracket and no ampersand."""
    return json.dumps(text, ensure_ascii=False).translate(_MARKUP)


def envelope(source: str, name: str, text: str) -> str:
    """One datum of outside text on a line of its own; raises ValueError for a label that is not ours."""
    for label in (source, name):
        if _LABEL.fullmatch(label) is None:
            raise ValueError(f"{label!r} cannot label an envelope")
    return f'<data source="{source}" id="{name}">{quote(text)}</data>'
