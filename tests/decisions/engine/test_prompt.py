"""The assembled prompt: the same bytes for the same packet, the constant part first, every figure exact."""

import json
from dataclasses import fields, replace
from itertools import takewhile
from typing import Any

import pytest

from apps.decisions.engine import parse
from apps.decisions.engine.document import seal
from apps.decisions.engine.figures import decimal, duration, moment
from apps.decisions.engine.instructions import RULES, answer_form
from apps.decisions.engine.prompt import SYSTEM, USER, assemble
from apps.decisions.engine.types import InvalidAnswer, PromptFact
from apps.exchange.types import ActionKind
from tests.decisions.packets import COUNT, NOW_MS, packet_of_before, prediction, rich_packet, streams


def user_text(**changes: Any) -> str:
    return assemble(rich_packet(**changes)).messages[1].text


def test_the_same_packet_gives_the_same_bytes() -> None:
    first, second = assemble(rich_packet()), assemble(rich_packet())
    assert first == second and first.document() == second.document()
    assert [message.role for message in first.messages] == [SYSTEM, USER]
    other = assemble(rich_packet(now_ms=NOW_MS + 1))
    assert other.digest != first.digest and other.canary != first.canary


def test_a_packet_without_a_digest_is_not_shown() -> None:
    with pytest.raises(ValueError, match="sealed"):
        assemble(replace(rich_packet(), digest=""))


def test_what_stays_the_same_comes_first(record_property: Any) -> None:
    """Two questions of one strategy begin with the same bytes: rules, form and strategy, whatever else differs."""
    one = rich_packet()
    other = seal(
        replace(
            rich_packet(symbol="SOL", streams=streams(predictions=(prediction("Other?"),)), truth=None),
            account=replace(one.account, cash_micros=1),
            limits=replace(one.limits, max_leverage=3),
            now_ms=NOW_MS + 60_000,
        )
    )
    a, b = (b"\n".join(message.text.encode() for message in assemble(one).messages) for one in (one, other))
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
    strategy = a[: a.index(b"# Limits of ")]
    assert RULES.encode() in strategy and answer_form().encode() in strategy
    assert b"# The owner's strategy" in strategy and b"Never more than 2x." in strategy
    assert shared >= len(strategy)
    record_property("shared_percent_of_a_deep_prompt", round(100 * shared / len(a)))
    print(f"shared prefix: {shared} of {len(a)} bytes, {100 * shared // len(a)} %")  # noqa: T201


def test_the_echo_and_the_mark_come_last() -> None:
    packet = rich_packet()
    prompt = assemble(packet)
    text = prompt.messages[1].text
    assert text.splitlines()[-2:] == [
        f"Echo: {packet.echo}",
        f"Private mark, never to be written: {prompt.canary}",
    ]
    whole = "".join(message.text for message in prompt.messages)
    assert whole.count(prompt.canary) == 1 and len(prompt.canary) == 12
    assert packet.digest not in whole


def test_figures_are_exact_and_carry_their_units() -> None:
    lines = user_text().splitlines()
    for line in (
        "Highest leverage: 10",
        "Smallest order: 10.00 USD",
        "Largest position in one asset: 50000.00 USD",
        "Equity: 100000.00 USD",
        "Free margin: 99133.333333 USD",
        "Fees paid: 12.345678 USD",
        "Funding paid (below zero: received): -1.50 USD",
        "Taker fee, of the notional of each fill: 0.045 %",
        "ETH | short | 2600.00 | 2500.00 | 3 | 2500.00 | 2600.00 | -100.00 | 833.333333 | isolated | 52.00 "
        "| 3267.973856 | -1.50 | -0.25",
        "Bids: 104814.814771x0.00012 104691.357982x0.00009",
        "Asks: 104815.814771x0.00003",
        "ETH | stop | short | 2700.00 USD | 2023-11-15T01:30:00Z",
        "ETH | trailing | short | 1.5 % behind 2450.00 USD | 2023-11-15T01:30:00Z",
        "ETH | time | short | 2023-11-15T01:40:00Z | 2023-11-15T01:30:00Z",
        "2023-11-15T01:30:00Z | ETH | sold | 2500.00 | 2500.00 | 1.125 | 0.00 | action",
        "Mark: 104814.814771 USD",
        "Funding now: 0 % an hour",
        "0.00125 -0.000375",
        "RSI 14, 0 to 100: 56.2",
        "Mean 20: 104814.814771 USD",
        "MACD 12, 26, 9: -12.50 USD, signal 0.000000001 USD, histogram unknown",
        "Of one candle, last 20: 0.1234 %",
        "In a year, by the last 20: 43.21 %",
        "Open interest in units: 31.415926",
        "Its change in a day: -2.5 %",
        "Funding, in deviations from the week's mean: -1.2345",
        "Spread: 0.0105 % of 104814.814771 USD",
        "Within 0.1 % of the mid: at least 5.00 USD bid, at least 6.00 USD asked",
        "An order of 10000.00 USD pays beyond the mid: 2.50 USD to buy, unknown to sell",
        "Price of outcome 1: 62.5 %",
        "Best bid 62 %, best ask unknown",
        "Value 1000000000.00 USD, change in a day -0.12 %, in a week unknown",
        "Not here: candles_1h (missing)",
        "Left out for want of room: capital, prediction markets beyond 3",
    ):
        assert line in lines, line


def test_a_prompt_of_before_is_made_again_byte_for_byte() -> None:
    """A context that did not tell how large a lot is, or what a position itself paid, is worded as it was."""
    prompt = assemble(packet_of_before())
    assert prompt.digest == "ca6794c61f34a7fdd92f993ce987485f5bb0308972a867ebaffbd0caef608394"
    assert "price USD x size in lots" in prompt.messages[1].text
    now = user_text()
    assert "price USD x size in units of the asset" in now and "lots" not in now
    assert " | funding paid in this asset so far USD | funding paid since the position was opened USD" in now


def test_closes_are_told_once() -> None:
    """A candle table that has them all takes their place; one that lacks some does not."""
    assert "## Closes of 5 min" not in user_text()
    assert "## Closes of 5 min" in user_text(streams=None)
    assert "## Closes of 5 min" in user_text(streams=streams(candles=()))
    text = user_text(streams=None)
    assert text.count("\n10") >= COUNT and "missing" not in text.split("# Market")[1].split("# Decide")[0]


def test_gaps_between_closes_are_named() -> None:
    packet = rich_packet(streams=None)
    gapped = seal(replace(packet, closes=packet.closes[:-3] + packet.closes[-1:]))
    text = assemble(gapped).messages[1].text
    assert "2 missing" in text
    assert "lengths before the last | close USD" in text
    assert text.count("\n0 | 1048") == 1


def test_an_owner_without_words_and_a_prompt_without_style() -> None:
    text = user_text(prompt=PromptFact("p", "", "\u200b \n", 300_000))
    assert "The owner wrote no words." in text and "Style:" not in text
    assert "Asked every: 5 min" in text


def test_the_model_never_reads_its_own_prose() -> None:
    """No fact of a packet has a place for a reason that an engine once gave."""
    packet = rich_packet()
    kinds = [type(packet), type(packet.truth), *(type(one) for one in (packet.account, packet.streams))]
    kinds += [
        type(one) for many in (packet.truth.positions, packet.truth.exits, packet.truth.fills) for one in many
    ]
    names = {field.name for kind in kinds for field in fields(kind)}
    assert not {name for name in names if "reason" in name or "answer" in name}


# -- The form of the answer is the parser's -----------------------------------------------------------------------


def answer(packet: Any, **changes: Any) -> str:
    action = {
        "kind": "hold",
        "symbol": "BTC",
        "side": None,
        "notional_micros": 0,
        "leverage": 1,
        "reason": "r",
    }
    return json.dumps({"schema": "decision_v1", "echo": packet.echo, "actions": [{**action, **changes}]})


def is_taken(text: str, packet: Any) -> bool:
    try:
        return bool(parse.parse(text, packet))
    except InvalidAnswer:
        return False


def test_the_examples_are_answers() -> None:
    packet = rich_packet()
    examples = [line for line in answer_form().splitlines() if line.startswith('{"schema"')]
    assert len(examples) == 2
    for example in examples:
        assert parse.parse(example.replace("(the echo)", packet.echo), packet)


def test_every_bound_that_is_told_is_the_parsers_own() -> None:
    packet, form = rich_packet(), answer_form()
    bare = {"side": None, "notional_micros": 0, "leverage": 1}
    kinds = {
        "stop_micros": "set_stop",
        "trail_bps": "set_stop",
        "target_micros": "set_target",
        "hold_ms": "set_exit",
    }
    for name, kind in kinds.items():
        (line,) = [line for line in form.splitlines() if line.startswith(f'- "{name}"')]
        low, high = (int(number) for number in line.rsplit("From ", 1)[1].rstrip(".").split(" to "))
        assert is_taken(answer(packet, kind=kind, **bare, **{name: low}), packet)
        assert is_taken(answer(packet, kind=kind, **bare, **{name: high}), packet)
        assert not is_taken(answer(packet, kind=kind, **bare, **{name: low - 1}), packet)
        assert not is_taken(answer(packet, kind=kind, **bare, **{name: high + 1}), packet)
    opened = {"kind": "open", "side": "long", "leverage": 10, "notional_micros": parse.MAX_NOTIONAL_MICROS}
    assert f"From 1 to {parse.MAX_NOTIONAL_MICROS} for open, reduce and flip" in form
    assert is_taken(answer(packet, **opened), packet)
    assert not is_taken(answer(packet, **{**opened, "leverage": 11}), packet)
    assert not is_taken(
        answer(packet, **{**opened, "notional_micros": parse.MAX_NOTIONAL_MICROS + 1}), packet
    )
    assert f"1 to {parse.MAX_REASON_CHARACTERS} characters" in form
    assert is_taken(answer(packet, reason="r" * parse.MAX_REASON_CHARACTERS), packet)
    assert not is_taken(answer(packet, reason="r" * (parse.MAX_REASON_CHARACTERS + 1)), packet)


def test_every_kind_is_told_with_what_it_may_name() -> None:
    packet, form = rich_packet(), answer_form()
    values = {"stop_micros": 1, "trail_bps": 1, "target_micros": 1, "hold_ms": 1, "is_isolated": True}
    for kind in ActionKind:
        (line,) = [line for line in form.splitlines() if line.startswith(f"- {kind.value}:")]
        told = {name for name in values if name in line}
        assert told == parse.ALLOWED.get(kind, set())
        side = "long" if kind in parse.EXPOSING else None
        notional = 1 if kind in parse.SIZED else 0
        for name, value in values.items():
            text = answer(packet, kind=kind.value, side=side, notional_micros=notional, **{name: value})
            assert is_taken(text, packet) == (name in told), (kind, name)


def test_what_is_not_asked_for_may_be_null() -> None:
    packet = rich_packet()
    nulls = dict.fromkeys((*parse.BOUNDS, "is_isolated"))
    assert is_taken(answer(packet, **nulls), packet)


# -- Figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "least", "told"),
    [
        (0, 6, 2, "0.00"),
        (1, 6, 2, "0.000001"),
        (-1, 6, 2, "-0.000001"),
        (1_500_000, 6, 2, "1.50"),
        (10**18, 6, 2, "1000000000000.00"),
        (4_500_000, 8, 0, "0.045"),
        (-250, 2, 0, "-2.5"),
        (7, 0, 0, "7"),
    ],
)
def test_decimals_are_exact(value: int, places: int, least: int, told: str) -> None:
    assert decimal(value, places, least) == told


def test_times_are_exact() -> None:
    assert moment(0) == "1970-01-01T00:00:00Z"
    assert moment(1_700_000_000_007) == "2023-11-14T22:13:20.007Z"
    assert [duration(ms) for ms in (0, 1, 1_500, 60_000, 90_000, 3_600_000, 86_400_000)] == [
        "0 s",
        "0.001 s",
        "1.5 s",
        "1 min",
        "90 s",
        "1 h",
        "24 h",
    ]


# -- Everything in a packet is told ---------------------------------------------------------------------------------

UNTOLD = {
    "knowable_at_ms",  # every datum tells its age
    "reference",
    "market_id",
    "source",
    "strength",
    "depth",
    "digest",
    "key",
    "size_lots",  # told as a side and in dollars
    "closes",  # told by the candles
    "at_ms",
}


def changed(value: Any) -> Any:
    """Another value of the same kind; None where the field cannot be changed by itself."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return -value if value in (1, -1) else value + 7
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, tuple) and value and not hasattr(value[0], "__dataclass_fields__"):
        return (
            ((*value[0][:1], value[0][1] + 7), *value[1:])
            if isinstance(value[0], tuple)
            else (changed(value[0]), *value[1:])
        )
    return None


def mutants(fact: Any, path: str) -> Any:
    """The fact with one of its fields changed, for every field that the model must be told, however deep."""
    for field in fields(fact):
        value = getattr(fact, field.name)
        name = f"{path}.{field.name}"
        told_elsewhere = ".truth.positions[" in path and field.name in {"side", "leverage"}
        if field.name in UNTOLD or told_elsewhere or (".exits[" in path and value == 0):
            continue
        if hasattr(value, "__dataclass_fields__"):
            yield from ((where, replace(fact, **{field.name: one})) for where, one in mutants(value, name))
        elif isinstance(value, tuple) and value and hasattr(value[0], "__dataclass_fields__"):
            for place, inner in enumerate(value):
                for where, one in mutants(inner, f"{name}[{place}]"):
                    yield where, replace(fact, **{field.name: (*value[:place], one, *value[place + 1 :])})
        elif (other := changed(value)) is not None:
            yield name, replace(fact, **{field.name: other})


def test_every_figure_of_a_packet_is_told() -> None:
    packet = rich_packet()
    told = user_text().replace(packet.echo, "").replace(assemble(packet).canary, "")
    count, untold = 0, []
    for where, mutant in mutants(packet, "packet"):
        if mutant.interval_ms != packet.interval_ms:
            continue
        sealed = seal(mutant)
        text = assemble(sealed).messages[1].text.replace(sealed.echo, "").replace(assemble(sealed).canary, "")
        count += 1
        if text == told:
            untold.append(where)
    assert untold == [] and count > 150
