"""The doors by which a stranger's text comes into a packet, and an independent reader of what a prompt made of it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from apps.decisions.engine.document import seal
from apps.decisions.engine.envelope import clean
from apps.decisions.engine.prompt import Prompt
from apps.decisions.engine.secrets import redact
from apps.decisions.engine.types import ContextPacket, PositionFact, PromptFact
from tests.decisions.packets import prediction, rich_packet, streams

Door = Callable[[str], ContextPacket]


def _question(text: str) -> ContextPacket:
    return rich_packet(streams=streams(predictions=(prediction(text), prediction("Will Bitcoin fall?"))))


def _event(text: str) -> ContextPacket:
    return rich_packet(streams=streams(predictions=(prediction(event_title=text or "-"),)))


def _outcome(text: str) -> ContextPacket:
    return rich_packet(streams=streams(predictions=(prediction(outcomes=("Yes", text)),)))


def _subject(text: str) -> ContextPacket:
    known = streams()
    return rich_packet(streams=streams(capital=(replace(known.capital[0], subject=text), *known.capital[1:])))


def _asset_name(text: str) -> ContextPacket:
    """An asset whose very name is the text; the ones that look like a symbol stand as they are."""
    plain = rich_packet(truth=None)
    held = PositionFact(text, 5, 100_000_000, 2, 100_000_000)
    return seal(replace(plain, symbol=text, account=replace(plain.account, positions=(held,))))


def _owner(text: str) -> ContextPacket:
    return rich_packet(behaviour=text)


def _prompt_key(text: str) -> ContextPacket:
    return rich_packet(prompt=PromptFact(text, "trend", "balanced", 300_000))


DOORS: Mapping[str, Door] = {
    "title of a market": _question,
    "title of an event": _event,
    "name of an outcome": _outcome,
    "name of a chain": _subject,
    "name of an asset": _asset_name,
    "words of the owner": _owner,
    "key of a prompt": _prompt_key,
}
INSTEAD = {"name of an asset": "Bitcoin Cash"}
"""A harmless text for a door, where "harmless" would be a symbol and stand outside an envelope."""
HIDDEN = {"key of a prompt"}
"""What comes in there is not shown at all."""

_ENVELOPE = re.compile(r'<data source="([a-z]+)" id="([a-z0-9.]+)">("(?:[^"\\\n]|\\.)*")</data>')
_UNSEEN = re.compile(r"[^\n\x20-\x7e\u00a1-\U0010ffff]")


def shown(door: str, text: str) -> str:
    """What of the text may be seen in a prompt."""
    if door == "words of the owner":
        return clean(text, limit=4_000, keep_lines=True)
    return redact(clean(text))


def data_of(prompt: Prompt) -> list[tuple[str, str, str]]:
    """Every envelope of a prompt, in order, its text read as the one JSON string that it must be."""
    text = prompt.messages[1].text
    found = [(source, name, json.loads(quoted)) for source, name, quoted in _ENVELOPE.findall(text)]
    assert len(found) == text.count("<data") == text.count("</data>") == text.count("<") // 2
    assert not _UNSEEN.search(text)
    return found


def frame_of(prompt: Prompt, packet: ContextPacket) -> str:
    """The prompt without what its envelopes hold, and without the echo and the mark that follow from the digest."""
    text = _ENVELOPE.sub(r"<\1 \2>", prompt.messages[1].text)
    return text.replace(packet.echo, "ECHO").replace(prompt.canary, "MARK")
