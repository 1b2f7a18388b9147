"""What a clone may be called: names and descriptions as people read them, counted in characters that they see."""

import unicodedata

import regex

from apps.clones import lookalikes
from apps.clones.types import DESCRIPTION_LENGTH, NAME_LENGTH
from apps.core.errors import InvalidInput

CODE_POINTS_EACH = 4
"""Code points that a character may average: enough for flags, families and accents, too few for towers of marks."""

HIDDEN_NAME = "Hidden clone"
RESERVED = (
    "admin", "administrator", "moderator", "operator", "staff", "system", "support", "official",
    "pump party", "pump party official", "pump party support", "clash of clones", "megaeth", HIDDEN_NAME,
)  # fmt: skip

_EMOJI = r"\p{Extended_Pictographic}\p{EMod}?\uFE0F?"
_JOINED_EMOJI = regex.compile(rf"{_EMOJI}(?:\u200D{_EMOJI})*|\p{{RI}}\p{{RI}}")
_UNSEEN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|\p{M}{4,}")
_GRAPHEME = regex.compile(r"\X")


def clean_name(text: str) -> str:
    """Return the name in NFKC without outer spaces.

    Raises InvalidInput: NAME_INVALID for what cannot be shown, NAME_RESERVED for what looks like one of ours,
    NAME_CONFUSABLE for letters of scripts that do not go together or pose as other letters.
    """
    name = _clean(text, field="name", longest=NAME_LENGTH)
    if not any(character.isalnum() for character in name):
        raise InvalidInput("A name needs at least one letter or digit.", code="NAME_INVALID")
    if lookalikes.mixes_scripts(name) or lookalikes.poses_as_latin(name):
        raise InvalidInput("Write the name in the letters of one script.", code="NAME_CONFUSABLE")
    if name_key(name) in {name_key(word) for word in RESERVED}:
        raise InvalidInput(f"{name} is reserved; choose another name.", code="NAME_RESERVED")
    return name


def name_key(name: str) -> str:
    """The name as an eye confuses it; two clones of one key cannot be told apart."""
    return lookalikes.key_of(unicodedata.normalize("NFKC", name))


def clean_description(text: str) -> str:
    """Return the description in NFKC without outer spaces; it may be empty. Raises InvalidInput."""
    return _clean(text, field="description", longest=DESCRIPTION_LENGTH)


def clean_text(text: str, *, longest: int) -> str:
    """Return what somebody wrote in one paragraph, at most `longest` code points; raises InvalidInput TEXT_INVALID."""
    cleaned = _clean(" ".join(text.split()), field="text", longest=longest)
    if len(cleaned) > longest:
        raise InvalidInput(f"A text has at most {longest} characters.", code="TEXT_INVALID")
    return cleaned


def _clean(text: str, *, field: str, longest: int) -> str:
    code = f"{field.upper()}_INVALID"
    too_long = InvalidInput(f"A {field} has at most {longest} characters.", code=code)
    if len(text) > CODE_POINTS_EACH * longest:
        raise too_long
    cleaned = unicodedata.normalize("NFKC", text).strip(" ")
    if _UNSEEN.search(_JOINED_EMOJI.sub("", cleaned)):
        raise InvalidInput(f"A {field} may not hold control or invisible characters.", code=code)
    if len(cleaned) > CODE_POINTS_EACH * longest or len(_GRAPHEME.findall(cleaned)) > longest:
        raise too_long
    return cleaned
