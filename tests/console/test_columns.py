"""Stored units as operators read them, on lists and on the page of one row."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps

from apps.operations.admin_columns import money, shown


def read(label: str, name: str, value: Any, *, is_exact: bool = False, **rest: Any) -> tuple[str, str]:
    """The heading and the text of a column."""
    column = shown(apps.get_model(label), name, is_exact=is_exact)
    return column.short_description, column(SimpleNamespace(**{name: value, **rest}))


@pytest.mark.parametrize(
    ("micros", "listed", "exact"),
    [
        (99_501_917_149, "$99,501.91", "$99,501.917149"),
        (-2_624_531_454, "−$2,624.53", "−$2,624.531454"),
        (21_379_345, "$21.3793", "$21.379345"),
        (73_603, "$0.073603", "$0.073603"),
        (0, "$0.00", "$0.00"),
    ],
)
def test_money_is_cut_in_lists_and_exact_on_its_own_page(micros: int, listed: str, exact: str) -> None:
    assert money(micros) == listed
    assert money(micros, is_exact=True) == exact


def test_a_fields_name_decides_its_unit() -> None:
    btc = SimpleNamespace(size_decimals=5)
    assert read("trading.Position", "size_lots", -66_972, asset=btc) == ("size", "−0.66972")
    assert read("trading.PropAccount", "max_drawdown_bps", 1_234) == ("max drawdown", "12.34%")
    assert read("market.Candle", "interval_ms", 300_000) == ("interval", "5\u00a0min")
    assert read("trading.Fill", "price_age_ms", 83_500) == ("price age", "83.5\u00a0s")
    assert read("market.Quote", "funding_rate_e10", -125_000) == ("funding rate", "−0.00125%")
    assert read("market.PredictionSnapshot", "best_bid_e6", 505_000) == ("best bid", "50.50%")
    assert read("market.PriceRejection", "rejected_micros", None) == ("rejected", "-")


def test_a_quantity_of_units_is_no_money() -> None:
    assert read("market.AssetContext", "open_interest_micros", 10_712_500_000) == (
        "open interest",
        "10,712.5",
    )
    assert read("market.AssetContext", "day_notional_micros", 10_712_500_000) == (
        "day notional",
        "$10,712.50",
    )
    assert read("market.Candle", "volume_micros", 3_000_000) == ("volume", "3")
    assert read("market.PriceRejection", "rejected_micros", 3_000_000) == ("rejected", "$3.0000")


def test_moments_have_seconds_and_states_have_colours() -> None:
    at = datetime(2026, 10, 2, 16, 56, 8, tzinfo=UTC)
    assert read("trading.Fill", "at", at)[1].replace("\u00a0", " ") == "2 Oct 2026 16:56:08"
    states = shown(apps.get_model("trading.PropAccount"), "status", is_exact=False)
    field: Any = apps.get_model("trading.PropAccount")._meta.get_field("status")
    assert {value for value, _ in field.choices} <= set(states.label)


def test_what_reads_well_is_left_alone() -> None:
    fill = apps.get_model("trading.Fill")
    assert shown(fill, "symbol", is_exact=False) == "symbol"
    assert shown(fill, "no_such_field", is_exact=True) == "no_such_field"
