"""The verdict of an audition, from a rulebook's terms and an account's figures."""

from dataclasses import replace

import pytest

from apps.competition.judging import judge
from apps.competition.types import Performance, RulebookTerms

TERMS = RulebookTerms()
START = TERMS.start_micros
TARGET = START + START * 3 // 100
FLOOR = START - START * 6 // 100
STEADY = Performance(
    start=START,
    equity=START,
    low=START,
    executed_orders=5,
    profit_by_symbol={"BTC": 60, "ETH": 40},
    account_open=True,
)


@pytest.mark.parametrize(
    ("change", "over", "status", "reason"),
    [
        ({"equity": TARGET}, False, "passed", "TARGET_REACHED"),
        ({"equity": TARGET - 1}, False, "running", ""),
        ({"equity": TARGET - 1}, True, "failed", "TARGET_MISSED"),
        ({"equity": TARGET, "executed_orders": 4}, False, "running", ""),
        ({"equity": TARGET, "executed_orders": 4}, True, "failed", "TOO_FEW_ORDERS"),
        ({"equity": TARGET, "profit_by_symbol": {"BTC": 61, "ETH": 39}}, False, "running", ""),
        ({"equity": TARGET, "profit_by_symbol": {"BTC": 61, "ETH": 39}}, True, "failed", "CONCENTRATED"),
        (
            {"equity": TARGET, "profit_by_symbol": {"BTC": 60, "ETH": 40, "SOL": -99}},
            False,
            "passed",
            "TARGET_REACHED",
        ),
        ({"equity": TARGET, "low": FLOOR}, False, "failed", "MAX_LOSS"),
        ({"equity": FLOOR + 1, "low": FLOOR + 1}, False, "running", ""),
        ({"account_open": False}, False, "failed", "ACCOUNT_CLOSED"),
    ],
)
def test_verdict(change: dict[str, object], over: bool, status: str, reason: str) -> None:
    verdict = judge(terms=TERMS, performance=replace(STEADY, **change), window_over=over)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_terms_survive_their_document() -> None:
    terms = replace(TERMS, title="Short", window_minutes=360, demonstration=True)
    assert RulebookTerms.from_document(terms.document()) == terms
