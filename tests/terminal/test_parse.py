"""What the Terminal answers is read strictly, and points stay exact."""

from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.terminal.adapters import parse

PROFILE = {"id": "p1", "handle": "ada", "rank": 1, "totalPoints": "1"}
TOKEN = {"access_token": "abc", "token_type": "Bearer", "expires_in": 60}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("12.30", "12.30"),
        (
            "123456789012345678901234567890.000000000000000001",
            "123456789012345678901234567890.000000000000000001",
        ),
        (0, "0"),
        (10**30, str(10**30)),
        (88213.5, "88213.5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        ("-5", "-5"),
    ],
)
def test_points_are_kept_as_they_were_sent(sent: Any, kept: str) -> None:
    assert parse.profile({**PROFILE, "totalPoints": sent}).total_points == kept


@pytest.mark.parametrize(
    "sent", [None, "", "1e5", "1,000", "١٢", " 7", "NaN", True, 1e15, 10**40, "1." + "0" * 21, [], {}]
)
def test_points_that_are_no_plain_number_are_refused(sent: Any) -> None:
    with pytest.raises(AdapterError):
        parse.profile({**PROFILE, "totalPoints": sent})


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": "  "},
        {"id": "x" * 121},
        {"id": True},
        {"id": 1.5},
        {"rank": 0},
        {"rank": -1},
        {"rank": "1"},
        {"rank": True},
        {"rank": 2**63},
        {"handle": 5},
        {"handle": "x" * 121},
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AdapterError) as refused:
        parse.profile({**PROFILE, **changes})
    assert refused.value.transient is False


def test_a_profile_may_lack_handle_and_rank_and_say_more() -> None:
    read = parse.profile({"id": 7, "rank": None, "totalPoints": 1, "season": 3})
    assert (read.profile_id, read.handle, read.rank) == ("7", "", None)


@pytest.mark.parametrize("answer", [None, [], "token", 5])
def test_an_answer_that_is_no_object_is_refused(answer: Any) -> None:
    for read in (parse.token, parse.profile):
        with pytest.raises(AdapterError):
            read(answer)


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a b"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "é"},
        {"access_token": "a" * 8193},
        {"token_type": None},
        {"token_type": "mac"},
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": "60"},
        {"expires_in": 1.5},
        {"expires_in": True},
        {"expires_in": 10**12},
    ],
)
def test_a_token_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AdapterError) as refused:
        parse.token({**TOKEN, **changes})
    assert "abc" not in refused.value.detail


def test_a_token_may_not_say_how_long_it_lives() -> None:
    assert parse.token({"access_token": "abc", "token_type": "bearer"}).lifetime_seconds is None
