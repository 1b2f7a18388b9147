"""The salted digests under which a record names what its run followed, saw, was asked and said.

A bare digest of a text that can only be one of a few tells which one it is. So every payload is named by the digest of
a key and its own: the key comes of the run's salt, and whoever may see the payload is given it. Each section of a context
has its own, so that one can be shown and proved without the others.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.decisions.engine.document import SECTIONS

RECORD, CONTEXT, PROMPT, ANSWER, STRATEGY = "record", "context", "prompt", "answer", "strategy"


def new_salt() -> str:
    """A salt that nobody can guess."""
    return secrets.token_hex(16)


def key_of(salt: str, name: str) -> str:
    """The key of one payload; no key tells the salt or another key."""
    return sha256_hex(f"{salt}:{name}".encode())


def seal_of(salt: str, name: str, digest: str) -> str:
    """What a record says of a payload with this digest."""
    return sha256_hex(f"{key_of(salt, name)}:{digest}".encode())


def section_name(section: str) -> str:
    """The name under which a section of a context is sealed."""
    return f"{CONTEXT}.{section}"


def sections_of(context: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of each section of a context document of either form, as far as it has keys of it."""
    parts = {name: {key: context[key] for key in keys if key in context} for name, keys in SECTIONS.items()}
    return {name: sha256_hex(dumps_canonical(part)) for name, part in parts.items() if part}


def seals_of(run: Any) -> dict[str, str]:
    """Every seal that the record of a run names, by the name of what it seals."""
    digests = {
        STRATEGY: run.version.digest,
        CONTEXT: run.context_digest,
        PROMPT: run.prompt_digest,
        ANSWER: run.answer_digest,
    }
    digests |= {section_name(section): digest for section, digest in run.section_digests.items()}
    return {name: seal_of(run.salt, name, digest) for name, digest in digests.items() if digest}
