"""Outside text: what no eye sees is gone, and what remains stays inside its envelope."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.decisions.engine.envelope import MAX_CHARACTERS, clean, envelope, quote

ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from('<>&"\\/\n\r\t \u200b\u202e\u2028\ufeff\ud800\x00\x1b'),
        st.integers(0xE0000, 0xE01EF).map(chr),
    ),
    max_size=400,
)


def test_no_control_format_private_or_half_character_survives() -> None:
    unseen = {"Cc", "Cf", "Cs", "Co"}
    kept = [
        f"{code:06x}"
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in unseen and clean(f"a{chr(code)}b") not in ("ab", "a b")
    ]
    assert kept == []


def test_variation_selectors_and_blank_letters_go_too() -> None:
    hidden = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F]
    assert [f"{code:x}" for code in hidden if clean(f"a{chr(code)}b") != "ab"] == []


def test_letters_of_every_language_stay() -> None:
    for text in ("Größe", "плечо", "最高杠杆", "रुको", "الرافعة", "מינוף", "레버리지", "👍 50 %"):
        assert clean(text) == unicodedata.normalize("NFC", text)


def test_text_is_composed_cut_with_an_ellipsis_and_put_on_one_line() -> None:
    assert clean("e\u0301") == "é"
    assert clean(" a\r\nb\t\tc\u2028d ") == "a b c d"
    cut = clean("x" * 10_000)
    assert len(cut) == MAX_CHARACTERS and cut.endswith("x…")
    assert clean("x" * MAX_CHARACTERS) == "x" * MAX_CHARACTERS


def test_the_owner_keeps_lines() -> None:
    assert clean("one \r\n\n\n\n two\rthree ", keep_lines=True) == "one\n\ntwo\nthree"


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    for keep_lines in (False, True):
        once = clean(text, keep_lines=keep_lines)
        assert clean(once, keep_lines=keep_lines) == once
        assert len(once) <= MAX_CHARACTERS


@given(ANYTHING)
def test_a_quoted_text_is_one_json_string_without_markup(text: str) -> None:
    cleaned = clean(text, keep_lines=True)
    quoted = quote(cleaned)
    assert json.loads(quoted) == cleaned
    assert not re.search(r"[<>&\n\r\u2028\u2029]", quoted)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted)


@pytest.mark.parametrize("label", ["", "A", 'a" id="b', "a b", "<", "a" * 65, "é"])
def test_an_envelope_takes_no_label_that_is_not_ours(label: str) -> None:
    with pytest.raises(ValueError, match="cannot label"):
        envelope(label, "x", "text")
    with pytest.raises(ValueError, match="cannot label"):
        envelope("x", label, "text")
