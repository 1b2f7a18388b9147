"""What a name looks like: the script it is written in, and the letters an eye may take it for."""

import unicodedata
from functools import cache

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

_ANY_SCRIPT = frozenset({"COMMON", "INHERITED"})
_EAST_ASIAN = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)
_PAIRS = (("I", "L"), ("RN", "M"), ("VV", "W"))
_ACCENTS = range(0x300, 0x370)
_MARK = "\u200e"


def key_of(text: str) -> str:
    """The text as an eye confuses it: equal keys look alike, whatever their case, accents, spaces and signs.

    Never empty for a text with a letter or digit, and at most three characters for one of the text.
    """
    seen = _like(_plain(_like(_plain(text)))).upper()
    key = "".join(character for character in seen if unicodedata.category(character)[0] in "LMN")
    for letters, letter in _PAIRS:
        key = key.replace(letters, letter)
    return key or _plain(text)


def mixes_scripts(text: str) -> bool:
    """Whether letters of scripts stand together that no language writes together."""
    scripts = scripts_of(text)
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in _EAST_ASIAN)


def poses_as_latin(text: str) -> bool:
    """Whether letters of another script read, as they are written, as Latin ones that `key_of` does not compare."""
    if scripts_of(text) <= {"LATIN"}:
        return False
    seen = _like(_bare(text))
    return seen.isascii() and key_of(seen) != key_of(text)


def scripts_of(text: str) -> frozenset[str]:
    """The scripts of the text's letters, without signs and digits that all scripts share."""
    return frozenset(alias(character) for character in text) - _ANY_SCRIPT


def _plain(text: str) -> str:
    return _bare(text.upper())


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    kept = "".join(character for character in apart if ord(character) not in _ACCENTS)
    return unicodedata.normalize("NFC", kept)


def _like(text: str) -> str:
    table = _prototypes()
    return "".join(table.get(character, character) for character in text)


@cache
def _prototypes() -> dict[str, str]:
    """One letter for each family of single characters that look alike: an ASCII one where the family has one."""
    family: dict[str, set[str]] = {}
    for left, others in confusables_data.items():
        for other in others:
            pair = (left.replace(_MARK, ""), other["c"].replace(_MARK, ""))
            if len(pair[0]) == len(pair[1]) == 1:
                joined = family.get(pair[0], {pair[0]}) | family.get(pair[1], {pair[1]})
                family.update(dict.fromkeys(joined, joined))
    return {character: min(joined, key=_preference) for character, joined in family.items()}


def _preference(character: str) -> tuple[bool, bool, bool, str]:
    return not character.isascii(), not character.isalpha(), alias(character) != "LATIN", character
