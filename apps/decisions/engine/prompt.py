"""Assembles what a model is asked: the same packet gives the same bytes, and what stays the same comes first.

The order: rules, the form of the answer, the owner's strategy, the limits, the account, the market, the closing lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from apps.decisions.engine.briefing import account_lines, closing_lines, limit_lines, strategy_lines
from apps.decisions.engine.instructions import RULES, answer_form
from apps.decisions.engine.market_briefing import market_lines
from apps.decisions.engine.types import ContextPacket

SYSTEM, USER = "system", "user"
CANARY_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One message as providers take it; `role` is SYSTEM or USER."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What goes to a model. An answer may hold neither the canary nor a passage of the `private` texts, the owner's.

    `digest` is the SHA-256 of `document()`.
    """

    messages: tuple[Message, ...]
    canary: str
    private: tuple[str, ...]
    digest: str

    def document(self) -> bytes:
        """The messages as one JSON list of objects, the bytes that are digested and kept."""
        return _document(self.messages)


def assemble(packet: ContextPacket) -> Prompt:
    """The prompt of a sealed packet; ValueError for one without a digest, which could have no echo."""
    if not packet.digest:
        raise ValueError("a packet is sealed before it is shown to a model")
    canary = sha256(f"canary{packet.digest}".encode()).hexdigest()[:CANARY_CHARACTERS]
    strategy = _section(strategy_lines(packet))
    sections = (
        strategy,
        _section(limit_lines(packet)),
        _section(account_lines(packet)),
        _section(market_lines(packet)),
        _section(closing_lines(packet, canary)),
    )
    messages = (
        Message(SYSTEM, f"{RULES}\n{answer_form()}"),
        Message(USER, "\n".join(sections)),
    )
    return Prompt(messages, canary, (packet.prompt.behaviour,), sha256(_document(messages)).hexdigest())


def _section(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _document(messages: Iterable[Message]) -> bytes:
    plain = [{"role": message.role, "text": message.text} for message in messages]
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":")).encode("ascii")
