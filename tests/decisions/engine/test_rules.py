"""The rules engine: deterministic, moving towards its signal, and holding when already there."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from apps.decisions.engine.document import document_digest, from_document, seal, to_document
from apps.decisions.engine.registry import ENGINES, decide
from apps.decisions.engine.rules import spaced_closes
from apps.decisions.engine.types import PositionFact
from apps.exchange.types import ActionKind, Side

DOLLAR = 1_000_000
UP = [100 * DOLLAR + place * DOLLAR for place in range(12)]
DOWN = list(reversed(UP))
STRATEGIES = ("trend", "mean_reversion", "breakout")


def ask(context):
    (action,) = decide(ENGINES["rules"], context).actions
    return action


@pytest.mark.parametrize(
    ("strategy", "closes", "side"),
    [
        ("trend", UP, Side.LONG),
        ("trend", DOWN, Side.SHORT),
        ("breakout", UP, Side.LONG),
        ("breakout", DOWN, Side.SHORT),
        ("mean_reversion", UP, Side.SHORT),
        ("mean_reversion", DOWN, Side.LONG),
    ],
)
def test_each_strategy_opens_where_its_signal_points(packet, strategy, closes, side):
    action = ask(packet(closes, strategy=strategy))
    assert (action.kind, action.side) == (ActionKind.OPEN, side)
    assert action.notional_micros == 30_000 * DOLLAR
    assert action.reason.startswith(strategy.replace("_", " "))


def test_an_opposite_signal_flips_and_an_agreeing_one_holds(packet):
    assert ask(packet(DOWN, held_lots=5)).kind == ActionKind.FLIP
    assert ask(packet(UP, held_lots=5)).kind == ActionKind.HOLD


def test_a_position_that_outgrew_its_target_is_reduced_by_the_excess(packet):
    action = ask(packet(UP, held_lots=5, held_notional_micros=46_000 * DOLLAR))
    assert (action.kind, action.notional_micros) == (ActionKind.REDUCE, 16_000 * DOLLAR)


def test_reverting_to_the_mean_closes(packet):
    flat = [100 * DOLLAR, 101 * DOLLAR] * 5 + [100 * DOLLAR + DOLLAR * 2 // 3]
    assert ask(packet(flat, strategy="mean_reversion", held_lots=5)).kind == ActionKind.CLOSE


def test_too_little_history_holds(packet):
    for strategy in STRATEGIES:
        assert ask(packet(UP[:4], strategy=strategy)).kind == ActionKind.HOLD


def test_bounds_cut_the_size_down(packet):
    assert ask(packet(UP, max_position_micros=10_000 * DOLLAR)).notional_micros == 9_500 * DOLLAR
    other = PositionFact("ETH", 7, 80_000 * DOLLAR, 3, 80_000 * DOLLAR)
    assert ask(packet(UP, others=(other,))).notional_micros == 15_000 * DOLLAR
    full = PositionFact("ETH", 7, 95_000 * DOLLAR, 3, 95_000 * DOLLAR)
    assert ask(packet(UP, others=(full,))).kind == ActionKind.HOLD
    assert ask(packet(UP, equity_micros=-DOLLAR)).kind == ActionKind.HOLD
    assert ask(packet(UP, max_leverage=1)).leverage == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_packet_gives_the_same_bytes_also_after_storage(packet, strategy):
    chance = random.Random(strategy)
    price = 60_000 * DOLLAR
    for _ in range(200):
        closes = []
        for _ in range(20):
            price += price * chance.randint(-40, 40) // 10_000
            closes.append(price)
        context = packet(closes, strategy=strategy, held_lots=chance.choice([-3, 0, 3]))
        again = from_document(to_document(context))
        assert again == context and again.digest == context.digest
        assert ENGINES["rules"].answer(again).text == ENGINES["rules"].answer(context).text
        decide(ENGINES["rules"], context)


def test_a_digest_names_its_content(packet):
    context = packet(UP)
    document = to_document(context)
    document["closes"]["close_micros"][3] += 1
    assert document_digest(document) != context.digest
    assert seal(context).digest == context.digest


def test_noop_always_holds(packet):
    for closes in (UP, DOWN):
        (action,) = decide(ENGINES["noop"], packet(closes, held_lots=4)).actions
        assert action.kind == ActionKind.HOLD


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_six_hours_at_five_minutes_bring_at_least_five_trades(packet, strategy):
    """A seeded walk with the volatility of the large coins, 72 slots; the position follows the answers."""
    chance = random.Random(7)
    closes, held, trades, holds = [60_000 * DOLLAR], 0, 0, 0
    for _ in range(96):
        closes.append(closes[-1] * (10_000 + chance.randint(-22, 22)) // 10_000)
    for slot in range(24, 96):
        action = ask(packet(closes[slot - 20 : slot + 1], strategy=strategy, held_lots=held))
        holds += action.kind == ActionKind.HOLD
        trades += action.kind not in {ActionKind.HOLD, ActionKind.REDUCE}
        if action.kind in {ActionKind.OPEN, ActionKind.FLIP}:
            held = int(action.side) * 5
        elif action.kind == ActionKind.CLOSE:
            held = 0
    assert trades >= 5 and holds >= 20


def test_spacing_keeps_closes_a_cadence_apart(packet):
    context = packet(UP)
    slower = replace(context, prompt=replace(context.prompt, cadence_ms=3 * context.interval_ms))
    assert spaced_closes(slower) == (UP[2], UP[5], UP[8], UP[11])
    assert all(later - earlier == 3 * DOLLAR for earlier, later in pairwise(spaced_closes(slower)))
