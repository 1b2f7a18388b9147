"""What is set aside for a call is never less than it may cost, and by default a run has room for the longest."""

import pytest

from apps.decisions.engine import shedding
from apps.decisions.engine.presets import PRESETS
from apps.decisions.engine.routes import Usage
from pumpparty import model_settings
from tests.decisions.models.world import route

BESIDE_THE_DATA = 14_000
"""Bytes of a request that no token budget counts: rules, format, schema, the owner's words."""


@pytest.mark.parametrize("text", ["98512.5|98530.25|", "价格上涨", "0\n1\n", "word "])
def test_a_reservation_covers_a_token_for_every_byte(text):
    """Digits one by one, rare scripts byte by byte: some tokenizers make as many tokens as there are bytes."""
    data = (text * 500).encode()
    dearest = Usage(tokens_in=len(data), tokens_out=route().max_tokens)
    assert route().most_micros(len(data)) >= route().cost_micros(dearest)


def test_the_longest_prompt_of_a_dear_model_fits_what_a_run_may_cost_by_default():
    dear = route(price_in=15_000_000, price_out=75_000_000, max_tokens=1_000)
    longest = PRESETS["frontier"].budget_tokens * shedding.BYTES_A_TOKEN + BESIDE_THE_DATA
    assert dear.most_micros(longest) <= model_settings.BUDGETS["run"]


@pytest.mark.parametrize(
    "prices", [{"price_in": 100_000, "price_cached": 900_000}, {"price_in": 900_000, "price_cached": 100_000}]
)
def test_a_reservation_covers_cached_tokens_that_are_dearer_than_fresh_ones(prices):
    one = route(**prices)
    for cached in (0, 500, 1_000):
        usage = Usage(tokens_in=1_000, tokens_cached=cached, tokens_out=one.max_tokens)
        assert one.most_micros(1_000) >= one.cost_micros(usage)
