"""Dollar text and micro-dollars are the same number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import money
from apps.core.errors import InvalidInput


@given(st.integers(-(2**63), 2**63 - 1))
def test_text_reads_back_as_the_same_amount(micros: int) -> None:
    text = money.dollars(micros)
    assert money.parse_micros(text) == micros
    assert len(text.split(".")[1]) >= 2


@given(st.integers(-(10**18), 10**18), st.integers(0, 12))
def test_any_scale_reads_back(value: int, decimals: int) -> None:
    assert money.parse_scaled(money.scaled_text(value, decimals), decimals) == value


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (1_234_560_000, "1234.56"),
        (0, "0.00"),
        (-1, "-0.000001"),
        (10_000_000, "10.00"),
        (-1_500_000, "-1.50"),
    ],
)
def test_dollars_have_at_least_two_decimals(micros: int, text: str) -> None:
    assert money.dollars(micros) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".5",
        "5.",
        "1,234.5",
        "1_0",
        "١٢",
        " 7 ",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "0x1",
        "--1",
        "1.0000001",
        "1\n",
    ],
)
def test_D04_text_that_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        money.parse_micros(text)


@pytest.mark.parametrize(
    ("amounts", "total", "shown"),
    [
        ((19_999, -4_999, 5_000), 2, [2, 0, 0]),
        ((-9_996, -9_996, -9_996), -2, [0, -1, -1]),
        ((10_000, 0, -20_000), -1, [1, 0, -2]),
        ((), 0, []),
    ],
)
def test_shown_cents_add_up_to_the_shown_total(
    amounts: tuple[int, ...], total: int, shown: list[int]
) -> None:
    found = money.cents_adding_up(amounts, total=total)
    assert sum(found) == total and found == shown
    assert all(abs(cents * 10_000 - amount) < 10_000 for cents, amount in zip(found, amounts, strict=True))


def test_whole_cents_are_cut_toward_zero() -> None:
    assert [money.whole_cents(micros) for micros in (19_999, -19_999, 9_999, -9_999)] == [1, -1, 0, 0]
