"""A context as JSON: written and read without loss, sealed whole or section by section, checked by a stranger's own code."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apps.decisions.engine.document import (
    SECTIONS,
    digest_of,
    document_digest,
    from_document,
    seal,
    section_digests,
    section_documents,
    to_document,
)
from apps.decisions.engine.plain import as_before
from apps.decisions.engine.stream_facts import StreamFacts
from apps.decisions.engine.types import ContextPacket
from tests.decisions.engine.conftest import build_packet
from tests.decisions.packets import packet_of_before, rich_packet

OLD_DIGEST = "ebfc61b09a8944db8adb3092abd1500aadb5576362bd107a4e5a7b1c4c99933a"
OLD_DIGEST_OF_STREAMS = "65c0a0817d3c68f21be84c5df0a88030f5471a3ac8a2cbdab6672efad8b6f3c4"


def sha(value: Any) -> str:
    """SHA-256 of canonical JSON, by the standard library alone."""
    body = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(body.encode("ascii")).hexdigest()


def test_a_packet_with_everything_survives_json() -> None:
    packet = rich_packet()
    again = from_document(json.loads(json.dumps(to_document(packet))))
    assert again == packet
    assert again.digest == packet.digest
    assert again.max_knowable_at_ms == packet.max_knowable_at_ms


def test_a_packet_with_no_stream_that_says_anything_survives_too() -> None:
    packet = seal(replace(rich_packet(), streams=StreamFacts(), truth=None, shed=()))
    assert from_document(json.loads(json.dumps(to_document(packet)))) == packet


def test_a_packet_without_streams_is_the_document_that_it_always_was() -> None:
    """Stored decisions of the house engines are asked again by this digest."""
    document = to_document(build_packet([100_000_000, 101_000_000], held_lots=3))
    assert list(document) == [
        *("schema", "symbol", "slot_at_ms", "now_ms", "interval_ms"),
        *("prompt", "closes", "quote", "account", "limits"),
    ]
    assert document["schema"] == "decision_v1"
    assert document_digest(document) == sha(document) == OLD_DIGEST


def test_a_packet_from_before_later_figures_is_the_document_that_it_always_was() -> None:
    """Sealed contexts of models are read and hashed as they were; a figure that came later is not put into them."""
    packet = packet_of_before()
    document = to_document(packet)
    assert "size_decimals" not in document["streams"]["order_book"]
    assert "own_funding_micros" not in document["truth"]["positions"][0]
    assert document_digest(document) == packet.digest == OLD_DIGEST_OF_STREAMS
    again = from_document(json.loads(json.dumps(document)))
    assert again == packet and to_document(again) == document and again.digest == OLD_DIGEST_OF_STREAMS
    assert rich_packet().digest != OLD_DIGEST_OF_STREAMS


def test_what_is_made_again_is_compared_in_the_form_of_its_time() -> None:
    now, then = to_document(rich_packet()), to_document(packet_of_before())
    assert now != then and as_before(now, then) == then
    assert as_before(now, now) == now and as_before(then, now) == then
    altered = {**then, "account": {**then["account"], "cash_micros": 1}}
    assert as_before(now, altered) == then, "only what came later is left out"


def test_every_key_of_the_document_stands_in_exactly_one_section() -> None:
    listed = [key for keys in SECTIONS.values() for key in keys]
    assert sorted(listed) == sorted(to_document(rich_packet()))
    assert len(listed) == len(set(listed))


def test_an_outsider_checks_the_digest_without_the_owners_words() -> None:
    packet = rich_packet(behaviour="a secret edge")
    document = to_document(packet)
    told = {name: part for name, part in section_documents(document).items() if name != "prompt"}
    digests = {**section_digests(document)}
    assert "a secret edge" not in json.dumps([told, digests])

    assert {name: sha(part) for name, part in told.items()}.items() <= digests.items()
    assert sha(digests) == packet.digest == document_digest(document)
    without = {name: digest for name, digest in digests.items() if name != "prompt"}
    assert digest_of(without) != packet.digest, "the section that is held back is part of what was sealed"


@pytest.mark.parametrize("key", [key for keys in SECTIONS.values() for key in keys if key != "schema"])
def test_whatever_is_altered_alters_its_section_and_the_digest(key: str) -> None:
    document = to_document(rich_packet())
    altered = {**document, key: ["altered"]}
    before, after = section_digests(document), section_digests(altered)
    assert [name for name in SECTIONS if before[name] != after[name]] == [
        next(name for name, keys in SECTIONS.items() if key in keys)
    ]
    assert document_digest(altered) != document_digest(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda packet: replace(packet, shed=()),
        lambda packet: replace(packet, strength="light"),
        lambda packet: replace(packet, truth=None),
        lambda packet: replace(packet, streams=replace(packet.streams, capital=())),
    ],
    ids=["shed", "strength", "truth", "streams"],
)
def test_the_digest_speaks_of_what_only_a_model_is_told(
    change: Callable[[ContextPacket], ContextPacket],
) -> None:
    packet = rich_packet()
    assert seal(change(packet)).digest != packet.digest
