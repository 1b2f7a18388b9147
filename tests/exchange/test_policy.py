"""A policy survives its document and refuses a malformed one."""

import json

import pytest

from apps.exchange.types import Policy, Position
from tests.exchange.world import POLICY


def test_a_policy_survives_json() -> None:
    assert Policy.from_document(json.loads(json.dumps(POLICY.to_document()))) == POLICY


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"max_leverge": 5}, "max_leverge"),
        ({"max_leverage": "5"}, "max_leverage"),
        ({"max_leverage": 2.5}, "max_leverage"),
        ({"max_leverage": True}, "max_leverage"),
        ({"max_leverage": -1}, "max_leverage"),
        ({"half_spread_rate_e10": 10**18 + 1}, "half_spread_rate_e10"),
        ({"allowed_symbols": "BTC"}, "allowed_symbols"),
        ({"version": ""}, "version"),
        ({"impact_depth_micros": 0}, "impact_depth_micros"),
    ],
)
def test_a_malformed_policy_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Policy.from_document({**POLICY.to_document(), **change})


def test_entry_price_is_the_average_and_zero_when_flat() -> None:
    assert Position("BTC", -200_000, -195_000_000_000, 3).entry_price_micros(5) == 97_500_000_000
    assert Position("BTC", 0, 0, 3).entry_price_micros(5) == 0


@pytest.mark.parametrize("rate", [0, -1, 10**10 + 1, 4.5e6, True, "4500000", None])
def test_f12_a_fee_that_is_no_fee_or_more_than_the_notional_is_not_loaded(rate: object) -> None:
    with pytest.raises(ValueError, match="taker_fee_rate_e10"):
        Policy.from_document({**POLICY.to_document(), "taker_fee_rate_e10": rate})


@pytest.mark.parametrize("rate", [1, 10**10])
def test_f12_a_fee_at_the_ends_of_its_range_is_loaded(rate: int) -> None:
    loaded = Policy.from_document({**POLICY.to_document(), "taker_fee_rate_e10": rate})
    assert loaded.taker_fee_rate_e10 == rate
