"""A context packet as plain JSON and back again, so that a stored decision can be asked again.

A packet without streams is a `decision_v1` document, sealed as one whole. One with streams is a `decision_context_v2`
document, sealed section by section: its digest is that of the sections' digests, so that whoever may not see a section
(the owner's words stand in `prompt`) can still check all the others against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.decisions.engine.plain import from_plain, to_plain
from apps.decisions.engine.stream_facts import StreamFacts
from apps.decisions.engine.types import (
    SCHEMA,
    AccountFact,
    AccountTruth,
    CloseFact,
    ContextPacket,
    LimitFact,
    PositionFact,
    PromptFact,
    QuoteFact,
)

SCHEMA_V2 = "decision_context_v2"
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "head": ("schema", "symbol", "slot_at_ms", "now_ms", "strength", "depth", "shed"),
    "market": ("interval_ms", "closes", "quote", "streams"),
    "account": ("account", "truth"),
    "limits": ("limits",),
    "prompt": ("prompt",),
}
"""The sections of a `decision_context_v2` document and the keys of each; every key stands in one."""


def to_document(packet: ContextPacket) -> dict[str, Any]:
    """The packet as integers, strings, lists and objects; candle columns stand side by side."""
    if packet.streams is not None:
        return {key: value for section in SECTIONS for key, value in section_of(packet, section).items()}
    return {
        "schema": SCHEMA,
        "symbol": packet.symbol,
        "slot_at_ms": packet.slot_at_ms,
        "now_ms": packet.now_ms,
        "interval_ms": packet.interval_ms,
        "prompt": to_plain(packet.prompt),
        "closes": _closes(packet),
        "quote": to_plain(packet.quote),
        "account": to_plain(packet.account),
        "limits": to_plain(packet.limits),
    }


def section_of(packet: ContextPacket, section: str) -> dict[str, Any]:
    """One section of the `decision_context_v2` document of a packet that has streams."""
    return {key: _VALUES[key](packet) for key in SECTIONS[section]}


def _closes(packet: ContextPacket) -> dict[str, Any]:
    return {
        "close_at_ms": [fact.close_at_ms for fact in packet.closes],
        "close_micros": [fact.close_micros for fact in packet.closes],
        "knowable_at_ms": [fact.knowable_at_ms for fact in packet.closes],
    }


_VALUES: Mapping[str, Callable[[ContextPacket], Any]] = {
    "schema": lambda packet: SCHEMA_V2,
    "symbol": lambda packet: packet.symbol,
    "slot_at_ms": lambda packet: packet.slot_at_ms,
    "now_ms": lambda packet: packet.now_ms,
    "strength": lambda packet: packet.strength,
    "depth": lambda packet: packet.depth,
    "shed": lambda packet: list(packet.shed),
    "interval_ms": lambda packet: packet.interval_ms,
    "closes": _closes,
    "quote": lambda packet: to_plain(packet.quote),
    "streams": lambda packet: to_plain(packet.streams),
    "account": lambda packet: to_plain(packet.account),
    "truth": lambda packet: None if packet.truth is None else to_plain(packet.truth),
    "limits": lambda packet: to_plain(packet.limits),
    "prompt": lambda packet: to_plain(packet.prompt),
}


def from_document(document: Mapping[str, Any]) -> ContextPacket:
    """The packet that `to_document` wrote, sealed with its digest."""
    columns = document["closes"]
    account = document["account"]
    streams, truth = document.get("streams"), document.get("truth")
    return seal(
        ContextPacket(
            symbol=document["symbol"],
            slot_at_ms=document["slot_at_ms"],
            now_ms=document["now_ms"],
            interval_ms=document["interval_ms"],
            prompt=PromptFact(**document["prompt"]),
            closes=tuple(
                CloseFact(close_at_ms, close_micros, knowable_at_ms)
                for close_at_ms, close_micros, knowable_at_ms in zip(
                    columns["close_at_ms"], columns["close_micros"], columns["knowable_at_ms"], strict=True
                )
            ),
            quote=QuoteFact(**document["quote"]),
            account=AccountFact(
                **{**account, "positions": tuple(PositionFact(**held) for held in account["positions"])}
            ),
            limits=LimitFact(**document["limits"]),
            streams=None if streams is None else from_plain(StreamFacts, streams),
            truth=None if truth is None else from_plain(AccountTruth, truth),
            strength=document.get("strength", ""),
            depth=document.get("depth", ""),
            shed=tuple(document.get("shed", ())),
        )
    )


def references_of(document: Mapping[str, Any]) -> list[str]:
    """The stored price, and the stored book where one was told, that a context names."""
    book = (document.get("streams") or {}).get("order_book")
    return [document["quote"]["reference"], *([book["reference"]] if book else [])]


def section_documents(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A `decision_context_v2` document by section; raises KeyError for one without sections."""
    return {section: {key: document[key] for key in keys} for section, keys in SECTIONS.items()}


class SectionSeal(NamedTuple):
    """The SHA-256 of a section's canonical JSON, and how many bytes that has."""

    digest: str
    bytes_count: int


def seal_section(section: Mapping[str, Any]) -> SectionSeal:
    """The seal of one section's document."""
    body = dumps_canonical(section)
    return SectionSeal(sha256_hex(body), len(body))


def section_digests(document: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of every section of a `decision_context_v2` document."""
    return {name: seal_section(part).digest for name, part in section_documents(document).items()}


def digest_of(digests: Mapping[str, str]) -> str:
    """The digest of a context from those of its sections."""
    return sha256_hex(dumps_canonical(dict(digests)))


def document_digest(document: Mapping[str, Any]) -> str:
    """The digest of a context by its document: of the whole one, or of its sections' digests where it has any."""
    if document.get("schema") == SCHEMA_V2:
        return digest_of(section_digests(document))
    return sha256_hex(dumps_canonical(document))


def seal(packet: ContextPacket) -> ContextPacket:
    """The same packet carrying the digest of its own document."""
    return replace(packet, digest=document_digest(to_document(packet)))
