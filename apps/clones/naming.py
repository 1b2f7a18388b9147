"""What a clone may be called: names and descriptions as people read them."""

import unicodedata

from apps.core.errors import InvalidInput

NAME_LENGTH = 32
DESCRIPTION_LENGTH = 280
RESERVED = frozenset({"admin", "administrator", "operator", "system", "support", "pumpparty", "pump party"})


def clean_name(text: str) -> str:
    """Return the name in NFKC without outer spaces; raises InvalidInput for what cannot be shown."""
    name = _clean(text, field="name", longest=NAME_LENGTH)
    if not any(character.isalnum() for character in name):
        raise InvalidInput("A name needs at least one letter or digit.", code="NAME_INVALID")
    if name.casefold() in RESERVED:
        raise InvalidInput(f"{name} is reserved; choose another name.", code="NAME_RESERVED")
    return name


def clean_description(text: str) -> str:
    """Return the description in NFKC without outer spaces; it may be empty. Raises InvalidInput."""
    return _clean(text, field="description", longest=DESCRIPTION_LENGTH)


def _clean(text: str, *, field: str, longest: int) -> str:
    code = f"{field.upper()}_INVALID"
    if len(text) > 4 * longest:
        raise InvalidInput(f"A {field} has at most {longest} characters.", code=code)
    cleaned = " ".join(unicodedata.normalize("NFKC", text).split(" ")).strip()
    if any(unicodedata.category(character)[0] == "C" for character in cleaned):
        raise InvalidInput(f"A {field} may not hold control or invisible characters.", code=code)
    if len(cleaned) > longest:
        raise InvalidInput(f"A {field} has at most {longest} characters.", code=code)
    return cleaned
