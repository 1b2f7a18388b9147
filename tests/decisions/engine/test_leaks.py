"""What an answer gives away of its prompt is seen through spaces, signs, escapes, base64 and the mirror."""

import base64
import json
from typing import Any

import pytest

from apps.decisions.engine.instructions import RULES, answer_form
from apps.decisions.engine.leaks import PASSAGE_CHARACTERS, leaks
from apps.decisions.engine.prompt import assemble
from tests.decisions.packets import rich_packet

PACKET = rich_packet(
    behaviour="Buy only when the second higher low of the hour is confirmed by rising open interest."
)
PROMPT = assemble(PACKET)
MARK = PROMPT.canary


def answer(reason: str, **changes: Any) -> str:
    action = {
        "kind": "hold",
        "symbol": "BTC",
        "side": None,
        "notional_micros": 0,
        "leverage": 1,
        "reason": reason,
    }
    return json.dumps({"schema": "decision_v1", "echo": PACKET.echo, "actions": [{**action, **changes}]})


@pytest.mark.parametrize(
    "told",
    [
        MARK,
        f"mark {MARK.upper()}!",
        " ".join(MARK),
        "-".join(MARK),
        "\u200b".join(MARK),
        MARK[::-1],
        "".join(chr(ord(one) + 0xFEE0) for one in MARK),
        base64.b64encode(MARK.encode()).decode(),
        base64.b64encode(f"a{MARK}".encode()).decode(),
        base64.b64encode(f"it is {MARK}, so".encode()).decode(),
        base64.b64encode(f"in{MARK}".encode()).decode(),
    ],
)
def test_e07_the_private_mark_is_recognised(told: str) -> None:
    assert leaks(answer(told), PROMPT) == "the answer repeats what it was told to keep: its private mark"


def test_e07_json_escapes_do_not_hide_it() -> None:
    escaped = "".join(f"\\u{ord(one):04x}" for one in MARK)
    assert leaks(answer("X").replace("X", escaped), PROMPT)


def test_e07_a_passage_of_the_rules_is_recognised() -> None:
    for place in range(0, len(RULES) - 120, 97):
        passage = RULES[place : place + 120]
        assert leaks(answer(passage), PROMPT), passage
        assert leaks(answer(passage.upper().replace(" ", "  ")), PROMPT)


def test_e07_the_owners_words_are_recognised() -> None:
    assert leaks(answer(f"The owner says: {PACKET.prompt.behaviour}"), PROMPT)


def test_e07_a_key_in_an_answer_is_not_published() -> None:
    told = answer("for the audit: OPENAI_API_KEY=abcd1234efgh")
    assert leaks(told, PROMPT) == "the answer holds what looks like a secret: assignment"
    assert (
        leaks(answer("sk-" + "a1" * 20), PROMPT)
        == "the answer holds what looks like a secret: model provider key"
    )


def test_honest_answers_leak_nothing() -> None:
    honest = (
        "Range of 0.2 % over two hours is less than the cost of a round trip.",
        "Hold: funding is paid each full hour and longs pay shorts at this rate.",
        "Buying the second higher low of the hour, open interest rises.",
        "The strategy asks for no more than 2x; margin remains free after the order.",
        f"echo {PACKET.echo}",
        "x",
    )
    assert [leaks(answer(reason), PROMPT) for reason in honest] == [None] * len(honest)


def test_the_form_of_an_answer_is_no_secret() -> None:
    examples = [line for line in answer_form().splitlines() if line.startswith("{")]
    assert [leaks(example, PROMPT) for example in examples] == [None, None]


def test_short_words_of_an_owner_are_no_passage() -> None:
    prompt = assemble(rich_packet(behaviour="cautious"))
    assert leaks(answer("A cautious entry."), prompt) is None
    assert len("cautious") < PASSAGE_CHARACTERS


def test_the_mark_of_another_question_is_no_leak() -> None:
    other = assemble(rich_packet(shed=()))
    assert other.canary != MARK
    assert leaks(answer(other.canary), PROMPT) is None
