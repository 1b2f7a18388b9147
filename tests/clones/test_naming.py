"""Names of clones: what people can read and tell apart, and nothing invisible."""

import pytest

from apps.clones.naming import clean_description, clean_name
from apps.core.errors import InvalidInput


def test_a_name_is_stored_plain_in_its_composed_form() -> None:
    assert clean_name("  Café  ") == "Café"
    assert clean_name("<b>Bull</b>") == "<b>Bull</b>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a" * 33,
        "x" * 10_000,
        "ev\u202eil",
        "in\u200bvisible",
        "nul\x00",
        "li\nne",
        "\U0001f600",
        "\ud800",
    ],
)
def test_b11_a_name_that_misleads_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_name(text)
    assert refused.value.code == "NAME_INVALID"


def test_b11_a_reserved_name_is_refused_in_any_case_and_width() -> None:
    for text in ("Admin", "ＳＹＳＴＥＭ"):
        with pytest.raises(InvalidInput) as refused:
            clean_name(text)
        assert refused.value.code == "NAME_RESERVED"


def test_a_description_may_be_empty_and_ends_at_its_limit() -> None:
    assert clean_description("") == ""
    assert len(clean_description("d" * 280)) == 280
    with pytest.raises(InvalidInput):
        clean_description("d" * 281)
