"""E05, the prompt's part: whatever a stranger writes stays one JSON string, and moves no byte around it."""

import re
from collections import Counter

import pytest

from apps.decisions.engine.prompt import SYSTEM, USER, assemble
from apps.decisions.engine.secrets import find_secrets
from tests.decisions.injection.channels import DOORS, HIDDEN, INSTEAD, data_of, frame_of, shown
from tests.decisions.injection.corpus import CORPUS, Wants

SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9@:._-]{0,31}", re.ASCII)


def test_e05_the_corpus_is_as_large_and_as_mixed_as_promised() -> None:
    assert len({entry.text for entry in CORPUS}) == len(CORPUS) >= 300
    wants = Counter(entry.wants for entry in CORPUS)
    assert set(wants) == set(Wants) and min(wants.values()) >= 10
    assert len({entry.family for entry in CORPUS}) >= 40


@pytest.mark.parametrize("door", DOORS)
def test_e05_no_text_leaves_its_envelope(door: str) -> None:
    build = DOORS[door]
    plain_packet = build(INSTEAD.get(door, "harmless"))
    plain = assemble(plain_packet)
    frame, system = frame_of(plain, plain_packet), plain.messages[0]
    count = 0
    for entry in CORPUS:
        packet = build(entry.text)
        prompt = assemble(packet)
        assert [message.role for message in prompt.messages] == [SYSTEM, USER], entry
        assert prompt.messages[0] == system, entry
        found = data_of(prompt)
        if door == "name of an asset" and SYMBOL.fullmatch(entry.text):
            continue
        seen = shown(door, entry.text)
        if door == "words of the owner" and not seen:
            assert "The owner wrote no words." in prompt.messages[1].text
            continue
        assert frame_of(prompt, packet) == frame, entry
        changed = [now for now, before in zip(found, data_of(plain), strict=True) if now != before]
        assert {text for _, _, text in changed} <= {seen}, entry
        assert bool(changed) != (door in HIDDEN), entry
        count += 1
    assert count >= 300


@pytest.mark.parametrize("door", sorted(DOORS.keys() - {"words of the owner"}))
def test_e19_no_door_brings_a_secret_into_a_prompt(door: str) -> None:
    for entry in CORPUS:
        assert find_secrets(assemble(DOORS[door](entry.text)).messages[1].text) == (), entry


def test_e05_the_same_text_twice_gives_the_same_bytes() -> None:
    for entry in CORPUS[::7]:
        for build in DOORS.values():
            assert assemble(build(entry.text)).document() == assemble(build(entry.text)).document()
