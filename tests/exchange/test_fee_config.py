"""F12: a fee that is negative, nothing or more than the notional does not load, whatever form it comes in."""

import json

import pytest

from apps.exchange.fees import charged_rate
from apps.exchange.rounding import RATE_SCALE
from apps.exchange.translate import rules_of
from apps.exchange.types import Policy

IMPOSSIBLE = (-1, 0, RATE_SCALE + 1, 2**63, 4_500_000.0, float("nan"), "4500000", True, None)


@pytest.mark.parametrize("fee", IMPOSSIBLE)
def test_f12_an_impossible_fee_refuses_to_load(fee: object) -> None:
    with pytest.raises(ValueError, match="taker_fee_rate_e10"):
        Policy.from_document({**Policy().to_document(), "taker_fee_rate_e10": fee})


@pytest.mark.parametrize("fee", [1, 4_500_000, RATE_SCALE])
def test_f12_the_least_and_the_whole_notional_load(fee: int) -> None:
    document = json.loads(json.dumps({"taker_fee_rate_e10": fee}))
    assert Policy.from_document(document).taker_fee_rate_e10 == fee


@pytest.mark.parametrize("flag", [0, 1, "true", None])
def test_f12_whether_tiers_hold_is_a_yes_or_a_no(flag: object) -> None:
    with pytest.raises(ValueError, match="has_fee_tiers"):
        Policy.from_document({"has_fee_tiers": flag})


@pytest.mark.parametrize("volume", [0, 5 * 10**12, 10**13, 10**17, 10**18])
@pytest.mark.parametrize("cap", [1, 4_500_000, RATE_SCALE])
def test_f12_no_tier_is_free_or_above_the_policy(volume: int, cap: int) -> None:
    assert 0 < charged_rate(volume, rules_of(Policy(taker_fee_rate_e10=cap))) <= cap
