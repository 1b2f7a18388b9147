"""What the practice provider answers: the prompt is read like any reader would, and the rules decide."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from apps.core.moments import to_ms
from apps.decisions.engine.phrasing import write_answer
from apps.decisions.engine.rules import RulesEngine
from apps.decisions.engine.types import (
    AccountFact,
    CloseFact,
    ContextPacket,
    LimitFact,
    PositionFact,
    PromptFact,
    QuoteFact,
)
from apps.exchange.types import ActionKind

LOST_FOR_WORDS = "The question could not be read."
_UNITS_MS = {"days": 86_400_000, "h": 3_600_000, "min": 60_000, "s": 1_000}
_OWNER = re.compile(r'^<data source="owner" id="strategy">(".*")</data>$', re.MULTILINE)
_TABLE = re.compile(
    r"^## (?:Candles|Closes) of ([0-9.]+ \w+),.*\n(?P<rows>(?:.+ \| .+\n|[0-9.]+\n|close USD\n)+)",
    re.MULTILINE,
)
_POSITIONS = re.compile(r"^## Open positions\n(?P<rows>(?:.+ \| .+\n)+)", re.MULTILINE)


class Unreadable(ValueError):
    """The text is not a prompt as this project writes them."""


def answer_to(messages: Sequence[dict[str, str]]) -> str:
    """The rules' answer to the newest prompt among the messages; words alone where there is none."""
    asked = next((one["content"] for one in messages if "\n# Decide\n" in one["content"]), "")
    try:
        packet = read_prompt(asked)
    except (Unreadable, ArithmeticError, IndexError):
        return LOST_FOR_WORDS
    if not packet.closes:
        return write_answer(packet, ActionKind.HOLD, "no closes were told").text
    return RulesEngine().answer(packet).text


def read_prompt(text: str) -> ContextPacket:
    """As much of the packet as the rules need; its digest begins with the echo. Raises Unreadable."""
    cadence_ms, now_ms = _length(_fact(text, "Asked every")), _moment(_fact(text, "Moment").split(",")[0])
    interval_ms, closes = _closes(text, cadence_ms)
    mark = _micros(_fact(text, "Mark"))
    words = _OWNER.search(text)
    return ContextPacket(
        symbol=_fact(text, "Asset"),
        slot_at_ms=now_ms,
        now_ms=now_ms,
        interval_ms=interval_ms,
        prompt=PromptFact(
            key="",
            strategy=_fact(text, "Style", "").partition(" (")[0].replace(" ", "_"),
            behaviour=json.loads(words.group(1)) if words else "",
            cadence_ms=cadence_ms,
        ),
        closes=tuple(CloseFact(now_ms, close, now_ms) for close in closes),
        quote=QuoteFact(mark, mark, mark, 0, now_ms, now_ms, ""),
        account=_account(text, now_ms),
        limits=LimitFact(
            max_leverage=int(_fact(text, "Highest leverage")),
            min_notional_micros=_micros(_fact(text, "Smallest order")),
            max_position_micros=_micros(_fact(text, "Largest position in one asset")),
            max_exposure_micros=_micros(_fact(text, "Largest exposure of all positions")),
            max_actions_per_window=int(_none_is_zero(_fact(text, "Actions in a window"))),
            cooldown_ms=_length(_fact(text, "Pause between actions")),
        ),
        digest=_fact(text, "Echo"),
    )


def _account(text: str, now_ms: int) -> AccountFact:
    ago = re.search(r"\((.+) ago\)", _fact(text, "Last action"))
    return AccountFact(
        status=_fact(text, "Status"),
        cash_micros=_micros(_fact(text, "Cash")),
        equity_micros=_micros(_fact(text, "Equity")),
        positions=_positions(text),
        actions_in_window=int(_fact(text, "Actions used in this window")),
        last_action_at_ms=now_ms - _length(ago.group(1)) if ago else None,
    )


def _positions(text: str) -> tuple[PositionFact, ...]:
    found = _POSITIONS.search(text)
    held = []
    for row in found.group("rows").splitlines()[1:] if found else ():
        name, side, worth, cost, leverage = row.split(" | ")[:5]
        sign = 1 if side == "long" else -1
        held.append(PositionFact(name, sign, sign * _micros(cost), int(leverage), _micros(worth)))
    return tuple(held)


def _closes(text: str, cadence_ms: int) -> tuple[int, list[int]]:
    """The closes of the longest candles that are no longer than the cadence, else of the shortest."""
    tables = {_length(match.group(1)): match.group("rows").splitlines() for match in _TABLE.finditer(text)}
    if not tables:
        return cadence_ms, []
    fitting = [length for length in tables if length <= cadence_ms]
    length = max(fitting) if fitting else min(tables)
    heads, *rows = [row.split(" | ") for row in tables[length]]
    place = heads.index("close USD")
    return length, [_micros(row[place]) for row in rows]


def _fact(text: str, name: str, default: str | None = None) -> str:
    found = re.search(rf"^{re.escape(name)}: (.+)$", text, re.MULTILINE)
    if found is None and default is None:
        raise Unreadable(name)
    return found.group(1) if found else default or ""


def _none_is_zero(text: str) -> str:
    return "0" if text == "none" else text


def _micros(text: str) -> int:
    try:
        return int(Decimal(_none_is_zero(text).removesuffix(" USD")) * 1_000_000)
    except InvalidOperation:
        raise Unreadable(text) from None


def _length(text: str) -> int:
    if text == "none":
        return 0
    number, _, unit = text.partition(" ")
    if unit not in _UNITS_MS:
        raise Unreadable(text)
    return int(Decimal(number) * _UNITS_MS[unit])


def _moment(text: str) -> int:
    try:
        return to_ms(datetime.fromisoformat(text))
    except ValueError:
        raise Unreadable(text) from None
