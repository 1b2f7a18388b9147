"""A context packet as plain JSON and back again, so that a stored decision can be asked again."""

from __future__ import annotations

from dataclasses import asdict, replace
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


def to_document(packet: ContextPacket) -> dict[str, Any]:
    """The packet as integers, strings, lists and objects; candle columns stand side by side."""
    return {
        "schema": SCHEMA,
        "symbol": packet.symbol,
        "slot_at_ms": packet.slot_at_ms,
        "now_ms": packet.now_ms,
        "interval_ms": packet.interval_ms,
        "prompt": asdict(packet.prompt),
        "closes": {
            "close_at_ms": [fact.close_at_ms for fact in packet.closes],
            "close_micros": [fact.close_micros for fact in packet.closes],
            "knowable_at_ms": [fact.knowable_at_ms for fact in packet.closes],
        },
        "quote": asdict(packet.quote),
        "account": {
            **asdict(packet.account),
            "positions": [asdict(held) for held in packet.account.positions],
        },
        "limits": asdict(packet.limits),
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
