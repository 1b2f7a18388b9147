"""What gates say, in units that people read."""

import pytest

from apps.exchange.types import DenyReason, LedgerKind, TriggerKind
from apps.trading.types import AccountStatus, OrderCause
from apps.web import words


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        (
            "exposure in micro-dollars is 142488249894, allowed 0..100000000000",
            "exposure is $142,488.24, at most $100,000.00",
        ),
        (
            "order is worth 9000000 micro-dollars, at least 10000000 is needed",
            "order is worth $9.00, at least $10.00 is needed",
        ),
        ("price is 83500 ms old, allowed 0..60000", "price is 83.5 s old, at most 60 s"),
        ("4000 ms since the last action, 60000 are needed", "4 s since the last action, 60 s are needed"),
        ("leverage is 50, allowed 1..20", "leverage is 50, at most 20"),
        (
            "fill at 78064000 is over 50 bps from the mark 78000000",
            "fill at $78.0640 is over 50 bps from the mark $78.0000",
        ),
        ("SOL is delisted", "SOL is delisted"),
    ],
)
def test_a_gates_figures_have_units(detail: str, text: str) -> None:
    assert words.figures(detail) == text
    assert words.denial("ABOVE_MAX_EXPOSURE", detail) == f"Total exposure would be too large: {text}"


def test_every_code_of_trading_has_a_sentence() -> None:
    assert set(words.DENIALS) >= {reason.value for reason in DenyReason}
    assert set(words.CAUSES) == set(OrderCause.values)
    assert set(words.ACCOUNT_STATES) == set(words.STANDINGS) == set(AccountStatus.values)
    assert set(words.TRIGGERS) == {kind.value for kind in TriggerKind}
    assert set(words.LEDGER_KINDS) == {kind.value for kind in LedgerKind}


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("fill:12:0:fee", "order 12"),
        ("order:7:debt", "order 7"),
        ("funding:xyz:GOLD:2026-03-02T13Z", "xyz:GOLD, hour to 13:00"),
        ("deposit:opening", "opening balance"),
        ("adjustment:hld_1", "by operators"),
    ],
)
def test_a_ledger_rows_source_is_named(reference: str, text: str) -> None:
    assert words.source(reference) == text
