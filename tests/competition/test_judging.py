"""The verdict of an audition, from a rulebook's terms and an account's figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.competition.judging import begin, daily_floor_micros, floor_micros, follow, judge
from apps.competition.types import (
    Basis,
    Boundary,
    Drawdown,
    Mark,
    Outage,
    Performance,
    RulebookTerms,
    Watch,
)
from apps.core.json_strict import dumps_canonical, sha256_hex

TERMS = RulebookTerms()
FIRST = RulebookTerms(outage=Outage.NONE, version=1)
FIRST_DIGEST = "0b6bae6661837633482b5e1fd053fec9c7b875674c7c2d91b741a3656000cc85"
START = TERMS.start_micros
PERCENT = START // 100
TARGET = START + 3 * PERCENT
FLOOR = START - 6 * PERCENT
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEADY = Performance(
    start=START,
    equity=START,
    low=START,
    executed_orders=5,
    profit_by_symbol={"BTC": 60, "ETH": 40},
    account_open=True,
    balance=START,
    marks=2,
)


def verdict(terms: RulebookTerms, change: dict[str, Any], *, over: bool) -> tuple[str, str]:
    found = judge(terms=terms, performance=replace(STEADY, **change), window_over=over)
    return found.status, found.reason


@pytest.mark.parametrize("terms", [FIRST, TERMS], ids=["version 1", "version 2"])
@pytest.mark.parametrize(
    ("change", "over", "status", "reason"),
    [
        ({"equity": TARGET}, True, "passed", "TARGET_REACHED"),
        ({"equity": TARGET - 1}, False, "running", ""),
        ({"equity": TARGET - 1}, True, "failed", "TARGET_MISSED"),
        ({"equity": TARGET, "executed_orders": 4}, False, "running", ""),
        ({"equity": TARGET, "executed_orders": 4}, True, "failed", "TOO_FEW_ORDERS"),
        ({"equity": TARGET, "profit_by_symbol": {"BTC": 61, "ETH": 39}}, False, "running", ""),
        ({"equity": TARGET, "profit_by_symbol": {"BTC": 61, "ETH": 39}}, True, "failed", "CONCENTRATED"),
        (
            {"equity": TARGET, "profit_by_symbol": {"BTC": 60, "ETH": 40, "SOL": -99}},
            True,
            "passed",
            "TARGET_REACHED",
        ),
        ({"equity": TARGET, "low": FLOOR}, False, "failed", "MAX_LOSS"),
        ({"equity": FLOOR + 1, "low": FLOOR + 1}, False, "running", ""),
        ({"account_open": False}, False, "failed", "ACCOUNT_CLOSED"),
    ],
)
def test_verdict(terms: RulebookTerms, change: dict[str, Any], over: bool, status: str, reason: str) -> None:
    assert verdict(terms, change, over=over) == (status, reason)


def test_h08_exactly_on_a_limit_the_boundary_decides() -> None:
    on_target, on_floor = {"equity": TARGET}, {"equity": FLOOR, "low": FLOOR}
    strict = replace(TERMS, target_boundary=Boundary.EXCLUSIVE, loss_boundary=Boundary.EXCLUSIVE)
    assert verdict(TERMS, on_target, over=True) == ("passed", "TARGET_REACHED")
    assert verdict(strict, on_target, over=True) == ("failed", "TARGET_MISSED")
    assert verdict(strict, {"equity": TARGET + 1}, over=True) == ("passed", "TARGET_REACHED")
    assert verdict(TERMS, on_floor, over=False) == ("failed", "MAX_LOSS")
    assert verdict(strict, on_floor, over=False) == ("running", "")
    assert verdict(strict, {"low": FLOOR - 1}, over=False) == ("failed", "MAX_LOSS")


@pytest.mark.parametrize("over", [False, True])
def test_h08_without_a_trade_or_on_one_mark_nothing_passes(over: bool) -> None:
    """No figure of a verdict is a quotient that could be undefined: with nothing to divide it is zero, and fails."""
    idle: dict[str, Any] = {"executed_orders": 0, "profit_by_symbol": {}}
    windfall = {**idle, "equity": 2 * TARGET}
    once = {"equity": TARGET, "marks": 1}
    wanted = ("failed", "TARGET_MISSED") if over else ("running", "")
    assert verdict(TERMS, idle, over=over) == wanted
    assert verdict(TERMS, windfall, over=over) == (("failed", "TOO_FEW_ORDERS") if over else wanted)
    assert verdict(TERMS, once, over=over) == (("failed", "TOO_FEW_MARKS") if over else wanted)
    found = judge(terms=TERMS, performance=replace(STEADY, **idle), window_over=over)
    assert {type(figure) for figure in found.figures.values()} == {int}


def test_the_balance_leaves_open_profits_out() -> None:
    closed = replace(TERMS, basis=Basis.BALANCE)
    assert verdict(closed, {"equity": 2 * TARGET}, over=True) == ("failed", "TARGET_MISSED")
    assert verdict(closed, {"equity": FLOOR, "low": FLOOR, "balance": TARGET}, over=True) == (
        "passed",
        "TARGET_REACHED",
    )


def path(*percents: int, minutes: int = 1, balances: tuple[int, ...] = ()) -> list[Mark]:
    """Marks at a regular distance after noon, given in percent of the start above or below it."""
    values = [START + percent * PERCENT for percent in percents]
    closed = [START + percent * PERCENT for percent in balances] or values
    return [
        Mark(NOON + place * timedelta(minutes=minutes), equity, balance)
        for place, (equity, balance) in enumerate(zip(values, closed, strict=True), start=1)
    ]


def followed(terms: RulebookTerms, marks: list[Mark]) -> Watch:
    return follow(terms, begin(terms, started_at=NOON), marks)


def test_a_trailing_limit_is_a_share_of_the_highest_mark() -> None:
    terms = replace(TERMS, drawdown=Drawdown.TRAILING, max_loss_bps=1_000)
    marks = path(5, 10, 0, -1, -2)
    assert followed(terms, marks[:3]).breach is None
    breach = followed(terms, marks).breach
    assert breach is not None
    assert (breach.rule, breach.at, breach.before, breach.after) == (
        "MAX_LOSS",
        marks[3].at,
        START,
        START - PERCENT,
    )
    assert breach.limit == floor_micros(terms, peak=START + 10 * PERCENT) == START - PERCENT
    assert followed(replace(terms, loss_boundary=Boundary.EXCLUSIVE), marks[:4]).breach is None
    assert followed(replace(terms, drawdown=Drawdown.STATIC), marks).breach is None


def test_a_day_begins_with_the_last_value_before_its_boundary() -> None:
    terms = replace(TERMS, daily_loss_bps=300, day_boundary_minute=12 * 60 + 90)
    marks = path(2, -2, -1, minutes=60)
    until_two = followed(terms, marks[:2])
    assert until_two.breach is not None
    assert (until_two.day_start, until_two.breach.rule) == (START + 2 * PERCENT, "DAILY_LOSS")
    assert until_two.breach.limit == daily_floor_micros(terms, until_two) == START - PERCENT
    assert followed(replace(terms, day_boundary_minute=0), marks).breach is None


def test_the_balance_is_followed_where_it_is_the_basis() -> None:
    terms = replace(TERMS, basis=Basis.BALANCE)
    marks = path(-50, 0, balances=(0, -6))
    breach = followed(terms, marks).breach
    assert breach is not None and (breach.at, breach.after) == (marks[1].at, FLOOR)


def test_a_path_followed_in_pieces_is_the_path_followed_at_once() -> None:
    terms = replace(TERMS, drawdown=Drawdown.TRAILING, daily_loss_bps=500)
    marks = path(1, 4, 2, -1, -3, 0, -9, 3, minutes=300)
    whole = followed(terms, marks)
    watch = begin(terms, started_at=NOON)
    for place in range(len(marks)):
        watch = follow(terms, watch, marks[max(0, place - 1) : place + 1])
    assert watch == whole and whole.breach is not None


def test_a_breach_on_the_path_fails_whatever_came_after() -> None:
    terms = replace(TERMS, drawdown=Drawdown.TRAILING)
    breach = followed(terms, path(0, -7, 9)).breach
    assert verdict(terms, {"equity": TARGET, "breach": breach}, over=False) == ("failed", "MAX_LOSS")


@pytest.mark.parametrize(
    "terms",
    [
        replace(FIRST, title="Short", window_minutes=360, demonstration=True),
        replace(TERMS, title="Short", window_minutes=360, demonstration=True),
        RulebookTerms(
            basis=Basis.BALANCE,
            drawdown=Drawdown.TRAILING,
            target_boundary=Boundary.EXCLUSIVE,
            loss_boundary=Boundary.EXCLUSIVE,
            daily_loss_bps=400,
            day_boundary_minute=61,
            outage=Outage.NONE,
        ),
    ],
)
def test_terms_survive_their_document(terms: RulebookTerms) -> None:
    assert RulebookTerms.from_document(terms.document()) == terms


def test_the_first_version_keeps_its_name_for_ever() -> None:
    assert sha256_hex(dumps_canonical(FIRST.document())) == FIRST_DIGEST


def test_the_first_mark_at_the_target_that_may_pass_decides() -> None:
    marks = path(4, 5, 2, 3, -7)
    watch = follow(TERMS, begin(TERMS, started_at=NOON), marks, passes=lambda mark: mark.at != marks[1].at)
    assert watch.breach is not None
    assert (watch.breach.rule, watch.breach.at) == ("TARGET_REACHED", marks[3].at), "not the very first mark"
    assert verdict(TERMS, {"equity": FLOOR, "low": FLOOR, "breach": watch.breach}, over=False) == (
        "passed",
        "TARGET_REACHED",
    )
    concentrated = follow(TERMS, begin(TERMS, started_at=NOON), marks, passes=lambda _: False)
    assert concentrated.breach is not None and concentrated.breach.rule == "MAX_LOSS"
