"""Large amounts, rates and probabilities as text: cut, never rounded up, and never a wrong zero."""

import pytest

from apps.web import formats, links


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "$0"),
        (500_000, "$0.50"),
        (5_000_000, "$5"),
        (99_990_000, "$99.99"),
        (999_999_999, "$999"),
        (1_000_000_000, "$1.00K"),
        (12_345_000_000, "$12.3K"),
        (999_999_000_000, "$999K"),
        (1_999_999_000_000, "$1.99M"),
        (-1_947_297_768_000_000, "−$1.94B"),
        (112_400_000_000_000_000, "$112B"),
        (2_500_000_000_000_000_000, "$2.50T"),
    ],
)
def test_large_amounts_have_three_figures(micros: int, text: str) -> None:
    assert formats.short_dollars(micros) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0.0000%"),
        (125_000, "+0.0012%"),
        (-125_000, "−0.0012%"),
        (2_400, "+0.000024%"),
        (-20_000_000_000, "−200.0000%"),
    ],
)
def test_rates_are_signed_and_a_tiny_one_keeps_its_digits(rate: int, text: str) -> None:
    assert formats.rate(rate) == text


@pytest.mark.parametrize(
    ("price", "text"), [(0, "0%"), (1, "<1%"), (85_000, "9%"), (999_999, ">99%"), (1_000_000, "100%")]
)
def test_a_probability_near_an_end_is_not_the_end(price: int, text: str) -> None:
    assert formats.probability(price) == text


def test_small_steps_keep_every_digit() -> None:
    assert [formats.small(micros) for micros in (1, 500_000, 1_000_000)] == ["$0.000001", "$0.5", "$1"]
    assert formats.share_e6(1_204) == "0.120%"
    assert formats.short_number(36_591_723_840, decimals=6) == "36.5K"


def test_a_symbol_in_an_address_stays_one_part_of_it() -> None:
    assert links.market("kPEPE") == "/market/kPEPE"
    assert links.market('x/../"y') == "/market/x%2F..%2F%22y"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (10**16, "0.01 ETH"),
        (15 * 10**15, "0.015 ETH"),
        (10**18, "1 ETH"),
        (1, "0.000000000000000001 ETH"),
        (1234 * 10**18 + 5 * 10**17, "1,234.5 ETH"),
        (-(10**16), "−0.01 ETH"),
        (0, "0 ETH"),
    ],
)
def test_wei_read_as_eth_to_the_last_digit(amount: int, text: str) -> None:
    assert formats.eth(amount).replace("\u00a0", " ") == text
    assert formats.wei(amount).replace("\u00a0", " ") == f"{amount:,} wei"
