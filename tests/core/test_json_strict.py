"""Strict JSON: what is refused, what is kept, and one byte string per value."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core import json_strict
from apps.core.json_strict import InvalidJson, TooLarge

REFUSED = {
    "empty": b"",
    "prose": b"hello",
    "two values": b"{} {}",
    "truncated": b'{"a": [1, 2',
    "trailing comma": b"[1,]",
    "nan": b'{"a": NaN}',
    "infinity": b"[Infinity]",
    "minus infinity": b"[-Infinity]",
    "overflow": b"[1e999]",
    "negative overflow": b"[-1e999]",
    "duplicate key": b'{"a": 1, "a": 2}',
    "duplicate key by escape": b'{"a": 1, "\\u0061": 2}',
    "nested duplicate": b'[{"x": {"a": 1, "a": 1}}]',
    "nul escape": b'["\\u0000"]',
    "nul in key": b'{"\\u0000": 1}',
    "raw nul": b'["\x00"]',
    "lone high surrogate": b'["\\ud800"]',
    "lone low surrogate": b'["\\udc00 x"]',
    "surrogate in key": b'{"\\ud83d": 1}',
    "not utf-8": b'["\xff"]',
    "utf-16": '{"a":1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "41 digits": b"[" + b"1" * 41 + b"]",
    "5000 digits": b"[" + b"9" * 5000 + b"]",
    "65 levels": b"[" * 65 + b"]" * 65,
    "2000 levels": b"[" * 2000 + b"]" * 2000,
    "100000 unclosed": b"[" * 100_000,
    "underscore digits": b"[1_0]",
    "arabic digits": "[١٢]".encode(),
    "hex": b"[0x1]",
    "leading zero": b"[01]",
    "plus": b"[+1]",
    "single quotes": b"{'a': 1}",
    "control character": b'["\n"]',
}


@pytest.mark.parametrize("name", REFUSED)
def test_B02_ambiguous_text_is_refused(name: str) -> None:
    with pytest.raises(InvalidJson) as refusal:
        json_strict.loads(REFUSED[name])
    assert (refusal.value.status, refusal.value.code) == (400, "JSON_INVALID")


def test_size_is_counted_in_bytes() -> None:
    assert json_strict.loads('"é"', max_bytes=4) == "é"
    with pytest.raises(TooLarge) as refusal:
        json_strict.loads('"éé"', max_bytes=5)
    assert refusal.value.status == 413


def test_limits_are_inclusive() -> None:
    assert json_strict.loads(b"[" * 64 + b"]" * 64) is not None
    assert json_strict.loads(b"9" * 40) == int("9" * 40)
    assert json_strict.loads(b'["[[[[", "\\ud83d\\ude00", "\\"["]', max_depth=1) == ["[[[[", "😀", '"[']


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**39), 10**39)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé", max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_canonical_text_reads_back_as_the_same_value(value: object) -> None:
    data = json_strict.dumps_canonical(value)
    assert data.isascii()
    if b"\\u0000" not in data:
        assert json_strict.loads(data) == value


def test_canonical_text_does_not_depend_on_insertion_order() -> None:
    one = json_strict.dumps_canonical({"b": [1, {"z": None, "a": "é"}], "a": True})
    two = json_strict.dumps_canonical({"a": True, "b": [1, {"a": "é", "z": None}]})
    assert one == two == b'{"a":true,"b":[1,{"a":"\\u00e9","z":null}]}'


@given(VALUES)
def test_canonical_text_is_what_the_library_writes_sorted_and_close(value: object) -> None:
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert json_strict.dumps_canonical(value).decode("ascii") == written


class Ratio(float):
    """A float by another name."""


NOT_CANONICAL = (
    1.5,
    0.0,
    float("nan"),
    float("inf"),
    Ratio(2),
    {1: 2},
    {None: 1},
    {1.5: 1},
    {"a", "b"},
    b"a",
    object(),
)


@pytest.mark.parametrize("value", NOT_CANONICAL, ids=lambda value: type(value).__name__)
@settings(max_examples=20)
@given(around=VALUES, key=st.text("abc", max_size=2), as_row=st.booleans())
def test_canonical_text_refuses_floats_other_keys_and_unknown_types_wherever_they_are(
    value: object, around: object, key: str, as_row: bool
) -> None:
    for document in (
        value,
        [around, value],
        {key: value},
        [[around, (1, value)]],
        {"z": [{key: [value]}, around]},
    ):
        with pytest.raises(TypeError):
            json_strict.dumps_canonical((document,) if as_row else document)


def test_canonical_text_of_what_holds_itself_is_refused() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    with pytest.raises((RecursionError, ValueError)):
        json_strict.dumps_canonical(loop)
