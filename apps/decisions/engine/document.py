"""A context packet as plain JSON and back again, so that a stored decision can be asked again."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.decisions.engine.types import (
    SCHEMA,
    AccountFact,
    CloseFact,
    ContextPacket,
    LimitFact,
    PositionFact,
    PromptFact,
    QuoteFact,
)

_NAMES = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (PromptFact, QuoteFact, AccountFact, PositionFact, LimitFact)
}


def _plain(fact: PromptFact | QuoteFact | AccountFact | PositionFact | LimitFact) -> dict[str, Any]:
    """The fact's fields by name, as `dataclasses.asdict` gives them, without its deep copy."""
    return {name: getattr(fact, name) for name in _NAMES[type(fact)]}


def to_document(packet: ContextPacket) -> dict[str, Any]:
    """The packet as integers, strings, lists and objects; candle columns stand side by side."""
    return {
        "schema": SCHEMA,
        "symbol": packet.symbol,
        "slot_at_ms": packet.slot_at_ms,
        "now_ms": packet.now_ms,
        "interval_ms": packet.interval_ms,
        "prompt": _plain(packet.prompt),
        "closes": {
            "close_at_ms": [fact.close_at_ms for fact in packet.closes],
            "close_micros": [fact.close_micros for fact in packet.closes],
            "knowable_at_ms": [fact.knowable_at_ms for fact in packet.closes],
        },
        "quote": _plain(packet.quote),
        "account": {
            **_plain(packet.account),
            "positions": [_plain(held) for held in packet.account.positions],
        },
        "limits": _plain(packet.limits),
    }


def from_document(document: dict[str, Any]) -> ContextPacket:
    """The packet that `to_document` wrote, sealed with its digest."""
    columns = document["closes"]
    account = document["account"]
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
        )
    )


def document_digest(document: dict[str, Any]) -> str:
    """SHA-256 of the document's canonical JSON."""
    return sha256_hex(dumps_canonical(document))


def seal(packet: ContextPacket) -> ContextPacket:
    """The same packet carrying the digest of its own document."""
    return replace(packet, digest=document_digest(to_document(packet)))
