"""What an answer gives away of its prompt is seen through spaces, signs, escapes, base64 and the mirror."""

import base64
import json
from typing import Any

import pytest

from apps.decisions.engine import reading
from apps.decisions.engine.instructions import RULES, answer_form
from apps.decisions.engine.leaks import PASSAGE_CHARACTERS, SHORTEST_FIGURES, SHORTEST_WORDS, leaks
from apps.decisions.engine.parse import MAX_BYTES
from apps.decisions.engine.prompt import assemble
from apps.decisions.engine.types import InvalidAnswer
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


def test_the_rules_are_public_and_may_be_repeated() -> None:
    for place in range(0, len(RULES) - 300, 97):
        assert leaks(answer(RULES[place : place + 300]), PROMPT) is None


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


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("Fade every 2 percent move.", "I fade every 2 percent move, as asked."),
        ("Short owner rule: fade every 2 percent move", "SHORT OWNER RULE - fade every 2 percent move"),
        ("Buy BTC dips under 95k", "So: buy BTC dips\nunder 95k!"),
        ("Only buy after the third red candle", "o-n-l-y buy after the third red candle"),
        (
            "突破前高之后等回踩确认再做多，止损放在结构低点下方一点点的位置上。",
            "突破前高之后等回踩确认再做多止损放在结构低点下方一点点的位置上",
        ),
    ],
)
def test_e07_a_short_strategy_is_the_owners_too(behaviour: str, reason: str) -> None:
    prompt = assemble(rich_packet(behaviour=behaviour))
    told = answer(reason)
    assert leaks(told, prompt) == "the answer repeats what it was told to keep: words of its owner's strategy"
    assert leaks(answer("The price fell under the mean, so nothing is done."), prompt) is None


@pytest.mark.parametrize(
    "behaviour",
    [
        "cautious",
        "Trade the trend.",
        "mean reversion on BTC",
        "buy the dip",
        "breakout, bold",
        "hold",
        "2x long",
        "",
    ],
)
def test_phrases_that_everybody_uses_are_nobodys_own(behaviour: str) -> None:
    prompt = assemble(rich_packet(behaviour=behaviour))
    assert leaks(answer(f"A cautious entry: {behaviour} {behaviour.upper()}."), prompt) is None


def test_a_short_strategy_counts_from_a_stated_length_on() -> None:
    for text, least in (("abcdefgh" * 7, SHORTEST_WORDS), ("a1b2c3d4" * 7, SHORTEST_FIGURES)):
        assert least < PASSAGE_CHARACTERS
        for length in range(1, PASSAGE_CHARACTERS - 8):
            prompt = assemble(rich_packet(behaviour=text[:length]))
            assert (leaks(answer(f"x {text[:length]} y"), prompt) is not None) == (length >= least)


def test_part_of_a_short_strategy_is_no_leak_of_it() -> None:
    prompt = assemble(rich_packet(behaviour="Sell when the funding of an hour is above 0.01 percent"))
    assert leaks(answer("The funding of an hour is above 0.01 percent."), prompt) is None


def test_the_mark_of_another_question_is_no_leak() -> None:
    other = assemble(rich_packet(shed=()))
    assert other.canary != MARK
    assert leaks(answer(other.canary), PROMPT) is None


def test_an_answer_that_is_too_long_is_refused_before_it_is_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_through = []
    monkeypatch.setattr(reading, "leaks", lambda text, prompt: looked_through.append(len(text)))
    for text in ("x" * (MAX_BYTES + 1), "\u20ac" * (MAX_BYTES // 3 + 1), "\udc80" * (MAX_BYTES // 3 + 1)):
        with pytest.raises(InvalidAnswer, match="larger than 65536 bytes"):
            reading.read_answer(text, PACKET)
    assert looked_through == []
    with pytest.raises(InvalidAnswer, match="not valid JSON"):
        reading.read_answer("\u20ac" * (MAX_BYTES // 3), PACKET)
    assert looked_through == [MAX_BYTES // 3]
