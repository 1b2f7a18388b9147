"""Names of clones: what people can read and tell apart, and nothing invisible."""

import time

import pytest

from apps.clones import lookalikes
from apps.clones.naming import RESERVED, clean_description, clean_name, clean_text, name_key
from apps.core.errors import InvalidInput

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        clean_name(text)
    return refused.value.code


def test_b11_a_name_is_stored_plain_in_its_composed_form() -> None:
    assert clean_name("  Cafe\u0301  ") == "Café"
    assert clean_name("<b>Bull</b>") == "<b>Bull</b>"
    assert clean_name("ＢＵＬＬ\u00a0１") == "BULL 1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a" * 33,
        "x" * 10_000,
        "\U0001f600" * 10_000,
        "ev\u202eil",
        "in\u200bvisible",
        "joined\u200dletters",
        "soft\u00adhyphen",
        "filler\u3164",
        "tag\U000e0041",
        "variation\ufe0f",
        "blank\u2800braille",
        "nul\x00",
        "li\nne",
        "line\u2028separator",
        "\U0001f600",
        "...",
        "Za\u0300\u0301\u0302\u0303\u0304lgo",
        "\ud800",
    ],
)
def test_b11_a_name_that_misleads_or_cannot_be_read_is_refused(text: str) -> None:
    assert refusal(text) == "NAME_INVALID"


def test_b11_a_name_is_counted_in_characters_that_people_see() -> None:
    assert clean_name(FAMILY * 15 + "bull") == FAMILY * 15 + "bull"
    assert clean_name("e\u0301" * 32) == "é" * 32
    assert clean_name("नमस्ते दुनिया") == "नमस्ते दुनिया"
    assert clean_name("\U0001f1e9\U0001f1ea Bull \u2764\ufe0f") == "\U0001f1e9\U0001f1ea Bull \u2764\ufe0f"
    assert refusal("a" * 32 + FAMILY) == "NAME_INVALID"


@pytest.mark.parametrize(
    "text", ["Admin", "ＳＹＳＴＥＭ", "0perator", "p.u.m.p party", "Adm1n", "Hidden  clone", "OFFICIAL"]
)
def test_b11_a_reserved_name_is_refused_however_it_is_written(text: str) -> None:
    assert refusal(text) == "NAME_RESERVED"
    assert all(name_key(word) for word in RESERVED)


@pytest.mark.parametrize(
    "text",
    [
        "B\u0456tcoin Bull",
        "P\u0430yp\u0430l",
        "\u03bdoo",
        "\u03bd\u03bf\u03bf",
        "Z\u13ac\u13a1",
        "Ne\u03bf 2",
    ],
)
def test_b11_letters_that_pose_as_others_are_refused(text: str) -> None:
    assert refusal(text) == "NAME_CONFUSABLE"


@pytest.mark.parametrize(
    "text",
    ["Комета", "КОМЕТА", "Ελλάδα", "東京 Bot", "ひらがなカタカナ漢字", "한국어 bot", "ظل", "שלום", "Ելք"],
)
def test_b11_names_in_the_letters_of_one_language_are_welcome(text: str) -> None:
    assert clean_name(text) == text


@pytest.mark.parametrize(
    "left,right",
    [
        ("Momentum", "MOMENTUM"),
        ("Momentum", "m o m e n t u m!"),
        ("Momentum", "Mom\u00e9ntum"),
        ("Intel", "lntel"),
        ("Intel", "1NTEL"),
        ("Comet", "Cornet"),
        ("Wave", "VVave"),
        ("Zero", "Zer0"),
        ("COMET", "\u0421\u041e\u041c\u0415\u0422"),
        ("Bull", "Bull \U0001f680"),
        ("Nova", "\U0001d4dd\u2134v\u1d43"),
    ],
)
def test_b11_names_that_an_eye_confuses_have_one_key(left: str, right: str) -> None:
    assert name_key(left) == name_key(right)


def test_b11_names_that_differ_have_different_keys() -> None:
    names = [
        "Momentum",
        "Moment",
        "Комета",
        "Kometa 2",
        "東京",
        "京東",
        "Tidewatcher",
        "Slow Comet",
        "हिन्दी",
        "हनद",
    ]
    assert len({name_key(name) for name in names}) == len(names)


def test_b11_a_key_is_bounded_and_quick() -> None:
    lookalikes.key_of("warm")
    begun = time.perf_counter()
    for text in ("\U0001f600" * 128, "㋿" * 128, "W" * 128, "각" * 128, "ΐ" * 128):
        assert 0 < len(name_key(text[:128])) <= 512
    assert time.perf_counter() - begun < 0.5


def test_a_description_may_be_empty_and_ends_at_its_limit() -> None:
    assert clean_description("") == ""
    assert len(clean_description("d" * 280)) == 280
    for text in ("d" * 281, "two\nlines", "ev\u202eil"):
        with pytest.raises(InvalidInput) as refused:
            clean_description(text)
        assert refused.value.code == "DESCRIPTION_INVALID"


def test_a_text_is_one_paragraph() -> None:
    assert clean_text(" two\n lines ", longest=500) == "two lines"
    with pytest.raises(InvalidInput) as refused:
        clean_text("\u202e", longest=500)
    assert refused.value.code == "TEXT_INVALID"
