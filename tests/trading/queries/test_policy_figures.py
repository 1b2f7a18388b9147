"""The figures of a policy in people's units: read, written, read back, with nothing lost and nothing rounded."""

from dataclasses import fields

import pytest

from apps.core.errors import InvalidInput
from apps.exchange.rounding import MAX_MICROS
from apps.exchange.types import Policy
from apps.trading.queries.policy_figures import COUNT, UNITS, Kind, list_figures, readable_changes

FIGURES = {figure.name: figure for figure in list_figures()}


def test_every_field_of_the_policy_is_a_figure_with_words_for_a_name() -> None:
    assert list(FIGURES) == [field.name for field in fields(Policy)]
    assert {
        FIGURES[name].label for name in ("max_position_micros", "has_fee_tiers", "taker_fee_rate_e10")
    } == {
        "Max position",
        "Fee tiers",
        "Taker fee rate",
    }
    labels = [figure.label for figure in FIGURES.values()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("name", "stored", "shown"),
    [
        ("max_position_micros", 10_000_000_000, "$10,000"),
        ("max_position_micros", 1_234_500_000, "$1,234.50"),
        ("max_position_micros", 1, "$0.000001"),
        ("max_drawdown_bps", 1_234, "12.34%"),
        ("taker_fee_rate_e10", 4_500_000, "0.045%"),
        ("window_ms", 3_600_000, "3,600\u00a0s"),
        ("max_leverage", 20, "20"),
        ("has_fee_tiers", False, "off"),
        ("allowed_symbols", ["BTC", "ETH"], "BTC, ETH"),
        ("allowed_symbols", [], "none"),
        ("version", "policy-2", "policy-2"),
        ("max_leverage", None, "not set"),
        ("max_leverage", "many", "many"),
        ("max_position_micros", -500_000, "-$0.50"),
    ],
)
def test_a_name_says_the_unit(name: str, stored: object, shown: str) -> None:
    assert FIGURES[name].text(stored) == shown


@pytest.mark.parametrize("unit", [COUNT, *UNITS.values()], ids=["count", *UNITS])
def test_what_is_written_is_read_back_exactly(unit: object) -> None:
    for stored in (0, 1, 9, 10, 999, 1_000, 1_234_567, 4_500_000, 10**10, MAX_MICROS - 1, MAX_MICROS):
        assert unit.parse(unit.text(stored)) == stored  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1,234.56", 1_234_560_000),
        ("1234.56", 1_234_560_000),
        (" 5 ", 5_000_000),
        ("1,000,000", 10**12),
        ("0.000001", 1),
        ("1.50000000", 1_500_000),
    ],
)
def test_commas_may_stand_between_thousands(text: str, micros: int) -> None:
    assert UNITS["micros"].parse(text) == micros


@pytest.mark.parametrize(
    "text",
    ["1,23", "1,2345", ",100", "1.234,5", "1e3", "0.0000001", "5.", "", "$5", "NaN", "٣", "1 000", "1_000"],
)
def test_what_is_no_exact_number_of_the_unit_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        UNITS["micros"].parse(text)


@pytest.mark.parametrize(
    ("unit", "text"), [("bps", "12.345"), ("ms", "0.0001"), ("e10", "0.000000001"), ("", "1.0")]
)
def test_more_digits_than_the_unit_has_are_refused(unit: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        UNITS.get(unit, COUNT).parse(text)


def test_changes_come_in_the_policys_order_and_strangers_last() -> None:
    before = Policy(max_leverage=5, max_position_micros=10_000_000_000).to_document() | {"old_rule": 7}
    after = Policy(max_leverage=3, max_position_micros=5_000_000_000, cooldown_ms=1_500).to_document()
    changes = [(one.label, one.before, one.after) for one in readable_changes(before, after)]
    assert changes == [
        ("Max leverage", "5", "3"),
        ("Max position", "$10,000", "$5,000"),
        ("Cooldown", "0\u00a0s", "1.5\u00a0s"),
        ("old_rule", "7", "not set"),
    ]


def test_the_bounds_are_those_that_the_policy_holds() -> None:
    for figure in FIGURES.values():
        if figure.kind is Kind.NUMBER:
            for value in (figure.least, figure.most):
                Policy.from_document({figure.name: value})
            for value in (figure.least - 1, figure.most + 1):
                with pytest.raises(ValueError, match=figure.name):
                    Policy.from_document({figure.name: value})
